import { connect } from "node:net";
import { join } from "node:path";
import type { WireNetwork, WirePort } from "../../api/types.ts";
import { run } from "../../host/command.ts";
import type { Lab, LabCheck } from "../../labs/lab.ts";
import type { Machine } from "../../model/machine.ts";
import { plainName } from "../../model/machine.ts";
import { machineFolder } from "../../providers/folders.ts";
import { machineKey } from "../../providers/key.ts";
import type { Context } from "../command.ts";
import { traitsOf } from "../image-of.ts";
import { sshOptions } from "../ssh-options.ts";

/**
 * How a check ended: as the file wants, or not. `known`: whether it could be made at all; if not, `said` is "unknown".
 * `late`: seconds after which it was given up, where it had no end.
 */
export type Result = {
  readonly check: LabCheck;
  readonly ok: boolean;
  readonly said: string;
  readonly known: boolean;
  readonly late: number | null;
};

/** A service, or a machine without our DHCP, that was started a moment ago answers a moment later. */
const pause = 1_500;
/** Seconds for one check, all its tries together. */
const patience = 30;
/** More at a time would be refused by a guest's ssh server, if they all asked one guest. */
const atOnce = 8;

type Places = {
  /** Those that run: nobody else can be asked or reached. */
  readonly machines: readonly Machine[];
  readonly ports: readonly WirePort[];
  readonly networks: readonly WireNetwork[];
};

/**
 * All checks of a lab, some at a time, so that one that hangs keeps none of the others waiting.
 *
 * @param machines those of the lab that run
 * @param seconds after which a check is given up
 */
export async function runChecks(
  lab: Pick<Lab, "checks">,
  machines: readonly Machine[],
  { context, seconds = patience }: { readonly context: Context; readonly seconds?: number },
): Promise<readonly Result[]> {
  const [{ ports }, { networks }] = await Promise.all([context.call("ListPorts", {}), context.call("GetStatus", {})]);
  const results = new Map<LabCheck, Result>();
  const waiting = [...lab.checks];
  const work = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      results.set(check, await runCheck(check, { machines, ports, networks }, seconds));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return lab.checks.flatMap((check) => results.get(check) ?? []);
}

async function runCheck(check: LabCheck, places: Places, seconds: number): Promise<Result> {
  const unknown = { check, ok: false, said: "unknown", known: false, late: null };
  // Trying again brings no machine back: a lab with one that is stopped would be waited for in vain.
  if (!canBeMade(check, places)) return unknown;
  const deadline = performance.now() + seconds * 1_000;
  const left = () => Math.max(1, deadline - performance.now());
  for (;;) {
    const result = await attempt(check, places, left());
    if (result.ok) return result;
    const hung = left() <= 1 && (check.what.kind === "run" || !result.known);
    if (hung) return { ...unknown, late: seconds };
    if (left() <= pause) return result;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

async function attempt(check: LabCheck, places: Places, timeout: number): Promise<Result> {
  const { from, what } = check;
  const late = null;
  if (what.kind === "run") {
    const { code, stdout, stderr } = await inGuest(from, what.command, { ...places, timeout });
    const ok = what.expect === "" ? code === 0 : stdout.includes(what.expect);
    return { check, ok, said: (stdout.trim() || stderr.trim()).split("\n")[0] ?? "", known: true, late };
  }
  const address = addressTo(what.to, from, places) ?? "";
  const reached =
    from === "host"
      ? await fromHost(address, what.kind === "port" ? what.port : null)
      : await fromGuest(from, what.kind === "port" ? portLine(address, what.port) : pingLine(address), {
          ...{ ...places, timeout },
        });
  return { check, ok: reached === (what.reach ? "yes" : "no"), said: reached, known: reached !== "unknown", late };
}

/** A machine of the lab, by its name in the file. */
function named(name: string, machines: readonly Machine[]): Machine | undefined {
  return machines.find((one) => plainName(one) === name);
}

/** Whether both ends of a check have an address. What is not there is not “not reached”: `reach: no` must not pass on it. */
function canBeMade({ from, what }: LabCheck, places: Places): boolean {
  const asked = from === "host" || addressOf(from, places) !== null;
  return asked && (what.kind === "run" || addressTo(what.to, from, places) !== null);
}

/** `timeout`: milliseconds after which a guest is not asked any longer. */
type GuestPlaces = Omit<Places, "networks"> & { readonly timeout?: number };

type Reached = "yes" | "no" | "unknown";

async function fromHost(address: string, port: number | null): Promise<Reached> {
  if (port === null) return (await run(["ping", "-c", "1", "-W", "2", address])).code === 0 ? "yes" : "no";
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (answer: Reached) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(3_000, () => end("no"));
    socket.on("connect", () => end("yes")).on("error", () => end("no"));
  });
}

/** A guest that cannot be asked has neither reached nor not reached. */
async function fromGuest(from: string, line: string, places: GuestPlaces): Promise<Reached> {
  const { stdout } = await inGuest(from, `${line} >/dev/null 2>&1 && echo reached-yes || echo reached-no`, places);
  const found = /^reached-(yes|no)$/m.exec(stdout)?.[1];
  return found === "yes" || found === "no" ? found : "unknown";
}

const pingLine = (address: string) => `ping -c 1 -W 2 ${address}`;

/** A Debian has bash; tiny has a netcat that can try. */
function portLine(address: string, port: number): string {
  const [netcat, bash] = [
    `nc.traditional -z -w 3 ${address} ${port}`,
    `timeout 3 bash -c '</dev/tcp/${address}/${port}'`,
  ];
  return `if command -v nc.traditional >/dev/null; then ${netcat}; else ${bash}; fi`;
}

/** Runs a line in a guest, as the user whom its image lets in; 255 when it cannot be asked. */
export async function inGuest(name: string, line: string, { machines, ports, timeout = 30_000 }: GuestPlaces) {
  const machine = named(name, machines);
  const address = addressOf(name, { machines, ports });
  if (machine === undefined || address === null) return { code: 255, stdout: "", stderr: "" };
  const { path } = await machineKey();
  const options = sshOptions({ identity: path, knownHosts: join(machineFolder(machine.name), "known_hosts") });
  const { login } = await traitsOf(machine.image);
  return run(["ssh", "-F", "none", ...options, `${login}@${address}`, "--", line], { timeout });
}

type Held = { readonly network: string; readonly address: string };

/** The addresses that a machine has or is to have, as far as anybody knows. */
export function heldBy(machine: Machine, ports: readonly WirePort[]): readonly Held[] {
  return machine.nics.flatMap(({ network, port: { id } }) => {
    const port = ports.find((one) => one.id === id);
    const address = port?.address ?? port?.reserved ?? "";
    return address === "" ? [] : [{ network, address }];
  });
}

/** Where a machine is asked; null for one that is not there, or of which nobody has seen an address yet. */
function addressOf(name: string, { machines, ports }: Omit<Places, "networks">): string | null {
  const machine = named(name, machines);
  return machine === undefined ? null : (heldBy(machine, ports)[0]?.address ?? null);
}

/** On a network that both are on; or else the first. Null as for `addressOf`. */
function addressTo(to: string, from: string, { machines, ports, networks }: Places): string | null {
  const near = named(from, machines)?.nics.map((nic): string => nic.network) ?? [];
  if (to === "host") {
    return networks.find((one) => near.includes(one.name))?.address.split("/")[0] ?? "127.0.0.1";
  }
  const machine = named(to, machines);
  const held = machine === undefined ? [] : heldBy(machine, ports);
  return (held.find((one) => near.includes(one.network)) ?? held[0])?.address ?? null;
}
