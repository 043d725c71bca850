/** Who reaches whom: ping, TCP and UDP echoes on random ports, ssh; between guests, hosts and peers alike. */
import { randomInt } from "node:crypto";
import type { CommandResult } from "../../src/host/command.ts";
import { listeningPort } from "./listening-port.ts";

/** Something with an address where a shell line can be run. */
export type Place = {
  readonly name: string;
  readonly address: string;
  /** Who may log in there with the key that every place has. */
  readonly user: string;
  /** What it speaks with: the guest's own netcat, or socat. */
  readonly speaks: "netcat" | "socat";
  /** The words before `user@address command` that log in somewhere else from here. */
  readonly ssh: string;
  readonly exec: (line: string) => Promise<CommandResult>;
  /** Runs a line in the background until what it answers is called: a host with somebody inside cannot shut down. */
  readonly serve: (line: string) => Promise<() => Promise<void>>;
};

export const manners = ["ping", "tcp", "udp", "ssh"] as const;
export type Manner = (typeof manners)[number];
export type Reached = { readonly from: string; readonly to: string; readonly by: readonly Manner[] };

type Ports = { readonly tcp: number; readonly udp: number };

/** For each pair that `wanted` names: starts an echo by TCP and one by UDP at one end, and tries from the other. */
export async function tryReach(
  places: readonly Place[],
  wanted: (from: Place, to: Place) => boolean = () => true,
): Promise<readonly Reached[]> {
  const reached: Reached[] = [];
  for (const to of places) {
    for (const from of places) {
      if (from === to || !wanted(from, to)) continue;
      const ports: Ports = { tcp: listeningPort(), udp: listeningPort() };
      const end = await to.serve(echoes(to, ports));
      const { stdout } = await from.exec(attempt(from, to, ports));
      await end();
      reached.push({ from: from.name, to: to.name, by: manners.filter((one) => stdout.split("\n").includes(one)) });
    }
  }
  return reached;
}

/** The guest's netcat serves one UDP peer for good: hence an echo for each attempt. */
function echoes(place: Place, ports: Ports): string {
  return place.speaks === "socat"
    ? `socat TCP-LISTEN:${ports.tcp},fork EXEC:cat & socat UDP-LISTEN:${ports.udp},fork EXEC:cat`
    : `nc -ll -p ${ports.tcp} -e cat & nc.traditional -u -l -p ${ports.udp} -e /bin/cat`;
}

function attempt(from: Place, to: Place, ports: Ports): string {
  const token = `t${randomInt(1_000_000)}`;
  const [tcp, udp] =
    from.speaks === "socat"
      ? [`socat -t3 - TCP:${to.address}:${ports.tcp}`, `socat -t2 - UDP:${to.address}:${ports.udp}`]
      : [`nc -w 3 ${to.address} ${ports.tcp}`, `nc.traditional -u -q 1 -w 3 ${to.address} ${ports.udp}`];
  // The far end was told to listen a moment ago; in a guest under emulation that takes its time.
  const echoed = (manner: Manner, line: string) =>
    `for i in 1 2 3 4 5 6; do [ "$(echo ${token} | ${line} 2>/dev/null)" = ${token} ] && echo ${manner} && break; sleep 0.5; done`;
  return [
    `ping -c 1 -W 3 ${to.address} >/dev/null && echo ping`,
    echoed("tcp", tcp),
    echoed("udp", udp),
    `[ "$(${from.ssh} ${to.user}@${to.address} echo ${token} 2>/dev/null </dev/null)" = ${token} ] && echo ssh`,
    "true",
  ].join("\n");
}
