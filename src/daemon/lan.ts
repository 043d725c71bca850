import { TarrError } from "../error.ts";
import type { ArpPlace, Claim } from "../host/arp/probe.ts";
import type { Ipv4 } from "../model/address.ts";
import { formatCidr } from "../model/address.ts";
import type { Mac, PortId } from "../model/names.ts";
import type { Network } from "../model/network.ts";
import { formatPool, inRange } from "../model/network.ts";
import type { Port } from "../model/port.ts";
import type { LanAddress } from "../plan/desired.ts";
import type { IsAsked } from "../plan/settle.ts";
import { networksOnLan, poolAddresses, settleLan } from "../plan/settle.ts";
import type { LanPlace, Surroundings } from "../plan/uplink.ts";
import { lanPlace, surroundings, uplinksOf } from "../plan/uplink.ts";
import type { World } from "./reconcile.ts";

/** The LAN segment that the host is on, as far as machines' addresses there are concerned. */
export interface LanSegment {
  /** Who on the segment answers for these addresses, asked now. */
  owners(place: LanPlace, addresses: readonly Ipv4[]): Promise<ReadonlyMap<Ipv4, Mac>>;
  /**
   * Leases of the LAN's own DHCP server for these ports, taken where there is none yet.
   *
   * @throws TarrError what the lease of a port that is asked for is refused with
   */
  lease(place: LanPlace, ports: readonly Port[], isAsked: IsAsked): Promise<ReadonlyMap<PortId, Ipv4>>;
  /** What machines have there from now on: it is defended, and all other leases are given back. */
  follow(having: { readonly addresses: readonly LanAddress[]; readonly leased: ReadonlySet<PortId> }): void;
  /** How many answer for machines' addresses with machines' own MACs. */
  answers(place: ArpPlace, claims: readonly Claim[]): Promise<ReadonlyMap<Mac, number>>;
  /** Who else uses an address of a machine's. */
  rivals(): ReadonlyMap<Ipv4, Mac>;
}

/** The ports whose addresses the LAN's own DHCP server gave. */
export function leasedPorts(networks: readonly Network[], ports: readonly Port[]): ReadonlySet<PortId> {
  const names = new Set(networks.filter(({ pool }) => pool === "lan-dhcp").map(({ name }) => name));
  return new Set(ports.filter(({ network, lan }) => lan !== null && names.has(network)).map(({ id }) => id));
}

/**
 * Ports with the addresses on the LAN that their networks' reach gives them. An address is asked for on the segment
 * before a machine gets it: whoever has it already keeps it.
 *
 * @throws TarrError `pool-full`, and what a lease is refused with, for a port that is asked for
 */
export async function withLanAddresses(world: World, { networks, ports, isAsked }: Places): Promise<readonly Port[]> {
  if (!networks.some(({ pool }) => pool !== null) && ports.every(({ lan }) => lan === null)) return ports;
  const around = surroundings(await world.host.glance());
  const onLan = networksOnLan(networks, around);
  const found = await Promise.all(onLan.map((network) => lookAt(world, { network, networks, around, ports, isAsked })));
  const facts = {
    taken: new Set(found.flatMap(({ taken }) => [...taken])),
    leased: new Map(found.flatMap(({ leased }) => [...leased])),
  };
  return settleLan(ports, { networks, around, facts, isAsked });
}

/** Whether a port has no place on the LAN where its network has some: the pool is full, or no server answers. */
export async function isShortOfPlaces(world: World, { networks, ports }: Omit<Places, "isAsked">): Promise<boolean> {
  if (networks.every(({ pool }) => pool === null) || ports.every(({ lan }) => lan !== null)) return false;
  const names = new Set(networksOnLan(networks, surroundings(await world.host.glance())).map(({ name }) => name));
  return ports.some(({ network, lan }) => lan === null && names.has(network));
}

export type Places = {
  readonly networks: readonly Network[];
  readonly ports: readonly Port[];
  readonly isAsked: IsAsked;
};

type Look = Places & { readonly network: Network; readonly around: Surroundings };

async function lookAt(world: World, { network, networks, around, ports, isAsked }: Look) {
  const none = { taken: new Set<Ipv4>(), leased: new Map<PortId, Ipv4>() };
  const { pool } = network;
  const place = lanPlace(network, uplinksOf(network, around, networks));
  const own = ports.filter((port) => port.network === network.name);
  // Without the uplink nobody can be asked. Machines keep what they have; a lease that is known still counts.
  if (pool === null || place === null) {
    const known = own.flatMap(({ id, lan }) => (lan === null ? [] : [[id, lan] as const]));
    return { ...none, leased: new Map(known) };
  }
  if (pool === "lan-dhcp") return { ...none, leased: await world.lan.lease(place, own, isAsked) };
  const unplaced = own.filter(({ lan }) => lan === null || !inRange(pool, lan)).length;
  if (unplaced === 0) return none;
  const held = new Set(ports.map(({ lan }) => lan));
  const asked = poolAddresses(pool).filter((address) => !held.has(address));
  const { owners } = await ownersOfFirst(world, { place, addresses: asked, needed: unplaced });
  return { ...none, taken: new Set(owners.keys()) };
}

/** As many as are asked for within a second (host/arp/pace.ts). */
const askedAtOnce = 5;

/**
 * Who holds the first of these addresses, asked in their order until as many as are needed were found free: all of a large
 * pool would take minutes.
 */
async function ownersOfFirst(
  world: World,
  { place, addresses, needed }: { place: LanPlace; addresses: readonly Ipv4[]; needed: number },
): Promise<{ readonly owners: ReadonlyMap<Ipv4, Mac>; readonly free: number }> {
  const found = new Map<Ipv4, Mac>();
  let free = 0;
  for (let at = 0; at < addresses.length && free < needed;) {
    const some = addresses.slice(at, at + Math.max(askedAtOnce, needed - free));
    const owners = await world.lan.owners(place, some);
    for (const [address, mac] of owners) found.set(address, mac);
    free += some.filter((address) => !owners.has(address)).length;
    at += some.length;
  }
  return { owners: found, free };
}

/**
 * What has to hold before a network's reach is changed to one with addresses on the LAN.
 *
 * @throws TarrError `uplink-missing`, `pool-outside`, `pool-holds-host`, `pool-taken`
 */
export async function refusePool(
  world: World,
  network: Network,
  { networks, around }: { readonly networks: readonly Network[]; readonly around: Surroundings },
): Promise<void> {
  const { pool } = network;
  if (network.reach !== "proxy-arp" || pool === null) return;
  const uplinks = uplinksOf(network, around, networks);
  if (uplinks.length === 0) throw new TarrError("uplink-missing", { network: network.name, uplink: network.uplink });
  const place = lanPlace(network, uplinks);
  if (place === null) {
    const subnets = uplinks.flatMap(({ addresses }) => addresses.map(formatCidr)).join(", ");
    throw new TarrError("pool-outside", { value: formatPool(pool), subnets, network: network.name });
  }
  if (pool === "lan-dhcp") return;
  const holders = [
    ...uplinks.flatMap(({ name, addresses }) => addresses.map(({ address }) => ({ address, whose: name }))),
    ...around.routes.flatMap(({ gateway, interface: on }) =>
      gateway === null ? [] : [{ address: gateway, whose: `gateway (${on})` }],
    ),
  ];
  const held = holders.find(({ address }) => inRange(pool, address));
  if (held !== undefined) throw new TarrError("pool-holds-host", { value: formatPool(pool), ...held });
  await refuseTaken(world, network, place);
}

async function refuseTaken(world: World, { name, pool }: Network, place: LanPlace): Promise<void> {
  if (pool === null || pool === "lan-dhcp") return;
  const { owners, free } = await ownersOfFirst(world, { place, addresses: poolAddresses(pool), needed: 1 });
  const [first] = owners;
  if (first === undefined || free > 0) return;
  throw new TarrError("pool-taken", { network: name, pool: formatPool(pool), address: first[0], mac: first[1] });
}
