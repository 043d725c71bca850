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

/** Whether somebody asked just now for this port's place on the LAN: then that there is none is an answer of its own. */
export type IsAsked = (port: Port) => boolean;
export const nobodyAsks: IsAsked = () => false;
export const standsOn =
  ({ name }: Network): IsAsked =>
  ({ network }) =>
    network === name;

/**
 * Ports with their addresses on the LAN: those that have one of the pool keep it, the others get a free one; in any other
 * reach there is none. Where the pool has no more, a port is left without (it speaks behind the host's address): one full
 * pool must not keep all other networks from being put into force.
 *
 * @throws TarrError `pool-full` for a port that is asked for
 */
export function settleLan(
  ports: readonly Port[],
  what: {
    readonly networks: readonly Network[];
    readonly around: Surroundings;
    readonly facts: LanFacts;
    readonly isAsked: IsAsked;
  },
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
    const lan = freeAddress(network.pool, { taken: what.facts.taken, held });
    if (lan !== null) held.add(lan);
    else if (what.isAsked(port)) throw poolFull(network, network.pool);
    return { ...port, lan };
  });
}

function keptAddress(port: Port, { pool }: Network, { leased }: LanFacts): Ipv4 | null {
  if (pool === null) return null;
  if (pool === "lan-dhcp") return leased.get(port.id) ?? null;
  return port.lan !== null && inRange(pool, port.lan) ? port.lan : null;
}

type Occupied = { readonly taken: ReadonlySet<Ipv4>; readonly held: ReadonlySet<Ipv4> };

function freeAddress(pool: Range, { taken, held }: Occupied): Ipv4 | null {
  return poolAddresses(pool).find((address) => !taken.has(address) && !held.has(address)) ?? null;
}

function poolFull({ name }: Network, pool: Range): TarrError {
  return new TarrError("pool-full", { network: name, pool: formatRange(pool), count: String(rangeSize(pool)) });
}

export function poolAddresses(pool: Range): readonly Ipv4[] {
  const first = toNumber(pool.first);
  return Array.from({ length: rangeSize(pool) }, (_, index) => fromNumber(first + index));
}
