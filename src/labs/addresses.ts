import { createHash } from "node:crypto";
import type { ProviderName } from "../model/machine.ts";
import type { MachineName, NetworkName } from "../model/names.ts";
import type { Lab } from "./lab.ts";

/**
 * The host part of each card on a network, in the file's order: the given one, or the next from the range's first on
 * that no card of the lab is given. The same file has the same addresses on every computer.
 */
export function hostsOf(lab: Lab, network: NetworkName, first: number): ReadonlyMap<string, number> {
  const cards = lab.machines.flatMap(({ name, nics }) => nics.map((nic, index) => ({ key: `${name} ${index}`, nic })));
  const here = cards.filter(({ nic }) => nic.network === network);
  const given = new Set(here.flatMap(({ nic }) => (nic.host === null ? [] : [nic.host])));
  const hosts = new Map<string, number>();
  let next = first;
  for (const { key, nic } of here) {
    while (given.has(next)) next += 1;
    hosts.set(key, nic.host ?? next);
    if (nic.host === null) next += 1;
  }
  return hosts;
}

export type Card = { readonly lab: string; readonly machine: MachineName; readonly index: number };

/**
 * The MAC of a card: the last three bytes are the same on every computer, and the first three are the computer's. Its
 * network may be bridged to the LAN one day, and two computers with the same lab must not have one MAC there. VMware insists
 * on its own first three, so there the last three differ.
 *
 * @param computer what tells this computer from others; empty where nothing does
 */
export function macFor(
  card: Card,
  kind: { readonly provider: ProviderName; readonly prefix: string },
  computer: string,
): string {
  const said = `${card.lab}/${card.machine}/${card.index}`;
  const inVmware = kind.provider === "vmware";
  const tail = bytesOf(inVmware ? `${computer}/${said}` : said);
  if (inVmware) tail[0] = (tail[0] ?? 0) & 0x3f;
  if (inVmware || computer === "") return `${kind.prefix}:${hex(tail)}`;
  const head = bytesOf(computer);
  // Locally administered, one machine's (IEEE 802-2014 §8.2.2).
  head[0] = ((head[0] ?? 0) & 0xfc) | 0x02;
  return `${hex(head)}:${hex(tail)}`;
}

function bytesOf(text: string): number[] {
  return [...createHash("sha256").update(text).digest().subarray(0, 3)];
}

function hex(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}
