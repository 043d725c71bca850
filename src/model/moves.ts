import { TarrError } from "../error.ts";
import type { Ipv4 } from "./address.ts";
import type { MachineName, NetworkName } from "./names.ts";
import type { Network } from "./network.ts";
import { formatRange, rangeSize } from "./network.ts";
import type { Port } from "./port.ts";
import { addressOf } from "./port.ts";

/** What is in force, or is to be. */
export type Layout = { readonly networks: readonly Network[]; readonly ports: readonly Port[] };

/** A machine that gets another address. */
export type Move = {
  readonly name: MachineName;
  readonly network: NetworkName;
  readonly before: Ipv4;
  readonly after: Ipv4;
};

export function movesBetween(before: Layout, after: Layout): readonly Move[] {
  const addressIn = ({ networks, ports }: Layout, id: string) => {
    const port = ports.find((one) => one.id === id);
    const network = networks.find(({ name }) => name === port?.network);
    return port === undefined || network === undefined ? null : addressOf(port, network);
  };
  return after.ports.flatMap(({ id, name, network }) => {
    const [old, given] = [addressIn(before, id), addressIn(after, id)];
    return old === null || given === null || old === given ? [] : [{ name, network, before: old, after: given }];
  });
}

/**
 * A network that gets smaller keeps room for the ports that it has: more reservations than `max` are served to nobody in
 * particular, and a full range would only say that it is full.
 *
 * @throws TarrError `range-short`, `max-short`
 */
export function refuseCrowding(before: Layout, networks: readonly Network[]): void {
  for (const network of networks) {
    const old = before.networks.find(({ name }) => name === network.name);
    const held = before.ports.filter((port) => port.network === network.name).length;
    if (old === undefined || held === 0) continue;
    const values = { network: network.name, held: String(held) };
    const [size, range] = [rangeSize(network.range), formatRange(network.range)];
    if (size < rangeSize(old.range) && held > size) {
      throw new TarrError("range-short", { ...values, range, size: String(size) });
    }
    if (network.max < old.max && held > network.max) {
      throw new TarrError("max-short", { ...values, max: String(network.max) });
    }
  }
}
