/** Machines of hypervisors that this computer cannot run, with what they do to frames. */
import { join } from "node:path";
import type { WirePort } from "../../../src/api/types.ts";
import { until } from "../../room/processes.ts";
import { Guest } from "../guest.ts";
import type { Stage } from "../stage.ts";

const script = (name: string) => join(import.meta.dirname, `${name}.pl`);

/** Starts a program of this folder that runs to the stage's end, and waits for its first word. */
async function startScript(stage: Stage, [name, ...words]: readonly [string, ...string[]], at?: string): Promise<void> {
  const said = `/mnt/${name}-${Math.random().toString(36).slice(2)}`;
  const line = `setsid perl ${script(name)} ${words.join(" ")} >${said} 2>&1 </dev/null & echo $! >>/mnt/${name}.pids`;
  await stage.must(line, at === undefined ? {} : { at });
  await until(`${name}.pl`, async () => {
    const text = await stage.read(said);
    if (/ at .* line /.test(text)) throw new Error(`${name} ${words.join(" ")}: ${text}`);
    return text !== "" || undefined;
  });
}

/** VMware's networks end, or start again, while its guests run. */
export async function setHooked(stage: Stage, on: boolean): Promise<void> {
  await stage.must(`kill -s ${on ? "USR2" : "USR1"} $(cat /mnt/hook.pids)`);
}

/** The interface that is hooked, and where a frame is sent for it to be received there (hook.pl). */
export type Hook = { readonly mapped: string; readonly inject: string };

type Named = { readonly name: string; readonly mac: string };

/** Guests of one hook. */
export async function hook(
  stage: Stage,
  { mapped, inject }: Hook,
  guests: readonly Named[],
): Promise<readonly Guest[]> {
  for (const { name } of guests) await stage.must(`ip netns add ${name}; ip -n ${name} link set lo up`);
  await startScript(stage, ["hook", mapped, inject, ...guests.map(({ name, mac }) => `${name},${mac}`)]);
  return Promise.all(guests.map((one) => brought(stage, one)));
}

/** A machine of QEMU's with a virtio card, on the tap of its port. */
export async function virtio(stage: Stage, name: string, port: WirePort): Promise<Guest> {
  await stage.must(`ip netns add ${name}; ip -n ${name} link set lo up`);
  await startScript(stage, ["virtio", port.interface, name]);
  return brought(stage, { name, mac: port.mac });
}

async function brought(stage: Stage, { name, mac }: Named): Promise<Guest> {
  await stage.must(`ip -n ${name} link set eth0 address ${mac}; ip -n ${name} link set eth0 up`);
  return Guest.existing(stage, name);
}

/** Somebody who tries the others. `onLan`: the address that those who come from the LAN know. */
export type Spot = { readonly name: string; readonly at?: string; readonly address: string; readonly onLan?: string };

export async function serveTraffic(stage: Stage, spots: readonly Spot[]): Promise<void> {
  for (const { at } of spots) await startScript(stage, ["traffic", "serve"], at);
}

/** What came back of TCP (100, 20 000 and 1 000 000 bytes) and of UDP (100, 1400 and 8000; of five datagrams). */
export type Tried = { readonly pings: number; readonly tcp: readonly number[]; readonly udp: readonly number[] };
export const whole: Tried = { pings: 1, tcp: [1, 1, 1], udp: [5, 5, 5] };

type Way = { readonly from: Spot; readonly to: Spot };

/** @returns by "from → to", what came of it */
export async function tryWays(stage: Stage, ways: readonly Way[]): Promise<ReadonlyMap<string, Tried>> {
  const table = new Map<string, Tried>();
  for (const [from, own] of Map.groupBy(ways, (way) => way.from)) {
    const addresses = own.map(({ to: { address, onLan = address } }) => (from.name === "peer" ? onLan : address));
    const line = `perl ${script("traffic")} try ${addresses.join(" ")}`;
    const said = await stage.must(line, { timeout: 120_000, ...(from.at === undefined ? {} : { at: from.at }) });
    const tried = said.trim().split("\n");
    own.forEach(({ to }, index) => table.set(`${from.name} → ${to.name}`, JSON.parse(tried[index] ?? "") as Tried));
  }
  return table;
}

export function allWays(spots: readonly Spot[]): readonly Way[] {
  return spots.flatMap((from) => spots.filter((to) => to !== from).map((to) => ({ from, to })));
}

/** Of a table what did not come through whole. */
export function broken(table: ReadonlyMap<string, Tried>): Readonly<Record<string, Tried>> {
  return Object.fromEntries([...table].filter(([, tried]) => !Bun.deepEquals(tried, whole)));
}
