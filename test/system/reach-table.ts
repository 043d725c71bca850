/** Who reaches whom in each reach, tried with real packets; each line says who, whom, how, and as whom it is seen. */
import type { CommandResult } from "../../src/host/command.ts";
import { listeningPort } from "../room/listening-port.ts";
import { until } from "../room/processes.ts";
import type { Stage } from "./stage.ts";
import { guest, hostAddress, peerAddress, student } from "./stage.ts";

export const reaches = ["isolated", "nat", "routed", "proxy-arp", "bridged"] as const;
export type Reach = (typeof reaches)[number];

/** A peer that knows nothing of the switch: it was given no route. */
export const strangerAddress = "198.51.100.21";

type Run = (line: string) => Promise<CommandResult>;
type Ports = { readonly tcp: number; readonly udp: number };
type Spot = {
  readonly name: string;
  readonly address: string;
  readonly run: Run;
  /** Serves in the background until it is called: an echo by UDP, and by TCP the address of whoever connects. */
  readonly serve: (ports: Ports) => Promise<() => Promise<void>>;
  /** What makes that address of what the server sends. */
  readonly seen: (ports: Ports) => string;
};

/** The pairs that are tried. Between the host and its LAN nothing is ours. */
const pairs = [
  ["host", "web"],
  ["web", "host"],
  ["web", "c1"],
  ["c1", "web"],
  ["peer", "web"],
  ["stranger", "web"],
  ["stranger", "c1"],
  ["web", "peer"],
  ["web", "stranger"],
  ["c1", "stranger"],
] as const;

const outside: readonly string[] = ["peer", "stranger"];

/** What the table has to say, in the words of `tryTable`. */
export function expectedTable(reach: Reach): readonly string[] {
  return pairs.map(([from, to]) => {
    const line = `${from} → ${to}: `;
    const crosses = outside.includes(from) || outside.includes(to);
    if (!crosses) return `${line}ping, tcp as itself, udp`;
    if (reach === "isolated") return `${line}nothing`;
    if (reach === "proxy-arp" || reach === "bridged") return `${line}ping, tcp as itself, udp`;
    const isInbound = outside.includes(from);
    // Without a route to the subnet nobody finds in; outbound nat hides it, routed shows it.
    if (isInbound) return line + (from === "stranger" ? "nothing" : "ping, tcp as itself, udp");
    if (reach === "nat") return `${line}ping, tcp as the host, udp`;
    return line + (to === "stranger" ? "nothing" : "ping, tcp as itself, udp");
  });
}

export async function tryTable(stage: Stage, stranger: Stage["peer"]): Promise<readonly string[]> {
  const spots = await spotsOf(stage, stranger);
  const lines: string[] = [];
  for (const [from, to] of pairs) lines.push(await tryPair(spots[from], spots[to]));
  return lines;
}

async function tryPair(from: Spot, to: Spot): Promise<string> {
  const ports = { tcp: listeningPort(), udp: listeningPort() };
  const end = await to.serve(ports);
  const speaksSocat = from.name !== "web" && from.name !== "c1";
  const [tcp, udp] = speaksSocat
    ? [
        `socat -t2 - TCP:${to.address}:${ports.tcp},connect-timeout=2 </dev/null`,
        `socat -t1 - UDP:${to.address}:${ports.udp}`,
      ]
    : [`nc -w 2 ${to.address} ${ports.tcp} </dev/null`, `nc.traditional -u -q 1 -w 2 ${to.address} ${ports.udp}`];
  // The far end was told to listen a moment ago. What does not answer a ping is asked once by the others.
  const script = `times=1; ping -c 1 -W 2 ${to.address} >/dev/null && echo ping && times=6
    for i in $(seq $times); do seen=$(${tcp} 2>/dev/null | ${to.seen(ports)}); [ -n "$seen" ] && echo "tcp $seen" && break; sleep 0.4; done
    for i in $(seq $times); do [ "$(echo hello | ${udp} 2>/dev/null)" = hello ] && echo udp && break; sleep 0.4; done
    true`;
  const { stdout } = await from.run(script);
  await end();
  const said = stdout
    .trim()
    .split("\n")
    .map((line) => {
      const seen = /^tcp (\S+)/.exec(line)?.[1];
      if (seen === undefined) return line;
      return `tcp as ${seen === from.address ? "itself" : seen === hostAddress ? "the host" : seen}`;
    });
  return `${from.name} → ${to.name}: ${said.join(", ") || "nothing"}`;
}

type Listed = {
  readonly machines: readonly {
    readonly name: string;
    readonly nics: readonly { readonly address: string | null }[];
  }[];
};

export async function addressOf(stage: Stage, name: string): Promise<string | null> {
  const { stdout } = await student(stage, "tarr-steps machine list --json");
  const { machines } = JSON.parse(stdout) as Listed;
  return machines.find((one) => one.name === name)?.nics[0]?.address ?? null;
}

async function spotsOf(stage: Stage, stranger: Stage["peer"]): Promise<Record<(typeof pairs)[number][number], Spot>> {
  const asStudent: Run = (line) => student(stage, line);
  const machine = async (name: string): Promise<Spot> => {
    const address = await until(`the address of ${name}`, async () => (await addressOf(stage, name)) ?? undefined);
    const { exec } = guest(stage, name);
    return { name, address, run: exec, serve: (ports) => serveInside(exec, ports), seen: fromTable };
  };
  const [web, c1] = [await machine("web"), await machine("c1")];
  // To its machines the host is what they know as their way out: their router.
  const router = /^default via (\S+)/m.exec((await web.run("ip route")).stdout)?.[1] ?? "";
  const isRouter = router !== "" && router !== "198.51.100.1";
  const host: Spot = {
    name: "host",
    address: isRouter ? router : web.address.startsWith("192.168.194.") ? "192.168.194.1" : hostAddress,
    run: asStudent,
    serve: async (ports) => (await stage.host.background(server(ports))).stop,
    seen: () => "cat",
  };
  const outer = (name: string, address: string, peer: Stage["peer"]): Spot => ({
    name,
    address,
    run: (line) => peer.run(["sh", "-c", line]),
    serve: async (ports) => (await peer.background(["sh", "-c", server(ports)])).stop,
    seen: () => "cat",
  });
  return {
    web,
    c1,
    host,
    peer: outer("peer", peerAddress, stage.peer),
    stranger: outer("stranger", strangerAddress, stranger),
  };
}

function server({ tcp, udp }: Ports): string {
  return `socat TCP-LISTEN:${tcp},fork,reuseaddr SYSTEM:'echo $SOCAT_PEERADDR' & socat UDP-LISTEN:${udp},fork EXEC:cat & wait`;
}

const fromTable = ({ tcp }: Ports) => `sed -n 's/.*:${tcp}  *\\(::ffff:\\)*\\([0-9.]*\\):.*/\\2/p' | head -n 1`;

/** busybox's nc tells a program whom it serves in no variable; the table of connections does. */
async function serveInside(exec: Run, { tcp, udp }: Ports) {
  const lines = `nc -ll -p ${tcp} -e netstat -tn & nc.traditional -u -l -p ${udp} -e /bin/cat`;
  await exec(`setsid sh -c '${lines}' </dev/null >/dev/null 2>&1 &`);
  return () => Promise.resolve();
}
