import { TarrError } from "../error.ts";
import type { Ipv4 } from "../model/address.ts";
import { fromNumber, toNumber } from "../model/address.ts";
import type { PortId } from "../model/names.ts";
import type { Network, Range } from "../model/network.ts";
import { formatRange, inRange, rangeSize } from "../model/network.ts";
import type { Port } from "../model/port.ts";
import type { Surroundings } from "./uplink.ts";
import { resolveReach, uplinksOf } from "./uplink.ts";

/** What is known of the addresses on the LAN segment. */
export type LanFacts = {
  /** Addresses that somebody else there holds. */
  readonly taken: ReadonlySet<Ipv4>;
  /** What the LAN's own DHCP server gave to machines (pool `lan-dhcp`). */
  readonly leased: ReadonlyMap<PortId, Ipv4>;
};

/** Networks whose machines have, on the host as it is, their addresses on the LAN. */
export function networksOnLan(networks: readonly Network[], around: Surroundings): readonly Network[] {
  return networks.filter(
    (network) =>
      network.pool !== null && resolveReach(network, uplinksOf(network, around, networks)).reach === "proxy-arp",
  );
}

/**
 * Ports with their addresses on the LAN: those that have one of the pool keep it, the others get a free one; in any other
 * reach there is none.
 *
 * @throws TarrError `pool-full`
 */
export function settleLan(
  ports: readonly Port[],
  what: { readonly networks: readonly Network[]; readonly around: Surroundings; readonly facts: LanFacts },
): readonly Port[] {
  const onLan = new Map(networksOnLan(what.networks, what.around).map((network) => [network.name, network]));
  const held = new Set<Ipv4>();
  const kept = ports.map((port): Port => {
    const network = onLan.get(port.network);
    const lan = network === undefined ? null : keptAddress(port, network, what.facts);
    // One address, one machine: two networks may have been given the same pool.
    const own = lan !== null && held.has(lan) ? null : lan;
    if (own !== null) held.add(own);
    return { ...port, lan: own };
  });
  return kept.map((port): Port => {
    const network = onLan.get(port.network);
    if (network === undefined || port.lan !== null || network.pool === null || network.pool === "lan-dhcp") return port;
    const lan = freeAddress(network, network.pool, { taken: what.facts.taken, held });
    held.add(lan);
    return { ...port, lan };
  });
}

function keptAddress(port: Port, { pool }: Network, { leased }: LanFacts): Ipv4 | null {
  if (pool === null) return null;
  if (pool === "lan-dhcp") return leased.get(port.id) ?? null;
  return port.lan !== null && inRange(pool, port.lan) ? port.lan : null;
}

type Occupied = { readonly taken: ReadonlySet<Ipv4>; readonly held: ReadonlySet<Ipv4> };

function freeAddress(network: Network, pool: Range, { taken, held }: Occupied): Ipv4 {
  const free = poolAddresses(pool).find((address) => !taken.has(address) && !held.has(address));
  if (free !== undefined) return free;
  const count = String(rangeSize(pool));
  throw new TarrError("pool-full", { network: network.name, pool: formatRange(pool), count });
}

export function poolAddresses(pool: Range): readonly Ipv4[] {
  const first = toNumber(pool.first);
  return Array.from({ length: rangeSize(pool) }, (_, index) => fromNumber(first + index));
}
