import { TarrError } from "../error.ts";
import type { Cidr, Ipv4 } from "../model/address.ts";
import { contains, subnetOf } from "../model/address.ts";
import type { InterfaceName } from "../model/names.ts";
import type { Network, Reach } from "../model/network.ts";
import type { Glance, TakenSubnet, ObservedLink, ObservedRoute } from "./observed.ts";
import { observedLinks } from "./observed.ts";

/** What there is on the host to reach something by. */
export type Surroundings = {
  readonly links: readonly ObservedLink[];
  readonly routes: readonly ObservedRoute[];
  readonly hidden: readonly TakenSubnet[];
};

/** Of what could not be observed nothing is around. */
export function surroundings(observed: Pick<Glance, "links" | "routes" | "hidden">): Surroundings {
  const { routes, hidden } = observed;
  return {
    links: observedLinks(observed),
    routes: routes.known ? routes.value : [],
    hidden: hidden.known ? hidden.value : [],
  };
}

/**
 * The interfaces that lead to the LAN segment: those of default routes; without one, every Ethernet interface with an
 * address that no other tool made as a switch of its own (docker0, virbr0 and lxcbr0 are bridges).
 */
export function findUplinks(around: Surroundings, networks: readonly Network[]): readonly ObservedLink[] {
  const ours = new Set<string>(networks.map((network) => network.switch));
  const candidates = around.links.filter((link) => !ours.has(link.name) && !link.marked && link.addresses.length > 0);
  const defaults = new Set(around.routes.filter((route) => route.to.prefix === 0).map((route) => route.interface));
  const byRoute = candidates.filter((link) => defaults.has(link.name));
  if (byRoute.length > 0) return byRoute;
  return candidates.filter((link) => link.ethernet && link.kind !== "bridge" && link.master === null);
}

/**
 * Every interface by which the host reaches somebody: a second network card, a VPN with a routing table of its own
 * (wg-quick), another tool's bridge. Answers come in by each, and are forwarded to machines only where it forwards.
 */
export function waysOut(around: Surroundings, networks: readonly Network[]): readonly InterfaceName[] {
  const ours = new Set<string>(networks.map((network) => network.switch));
  const routed = new Set(around.routes.map((route) => route.interface));
  return around.links
    .filter((link) => !ours.has(link.name) && !link.marked && link.name !== loopback)
    .filter((link) => link.addresses.length > 0 || routed.has(link.name))
    .map((link) => link.name);
}

const loopback: string = "lo";

/** The uplinks of one network: the one that it names, or whatever leads to the LAN segment. */
export function uplinksOf(
  network: Network,
  around: Surroundings,
  networks: readonly Network[],
): readonly ObservedLink[] {
  if (network.uplink === "auto") return findUplinks(around, networks);
  return around.links.filter((link) => link.name === network.uplink && link.addresses.length > 0);
}

/**
 * Asked when one is named, and not of a document that is there: a card may be plugged in later.
 *
 * @throws TarrError `uplink-unknown`
 */
export function refuseUnknownUplink(network: Network, around: Surroundings, networks: readonly Network[]): void {
  const { name, uplink } = network;
  if (uplink === "auto" || around.links.some((link) => link.name === uplink)) return;
  const ours = new Set<string>(networks.map((one) => one.switch));
  const others = around.links.filter((link) => !ours.has(link.name) && !link.marked && link.name !== loopback);
  const known = others.map((link) => link.name).join(", ");
  throw new TarrError("uplink-unknown", { network: name, value: uplink, known: known === "" ? "–" : known });
}

/** A place on a LAN segment: the interface to it, the host's own address there, and its subnet. */
export type LanPlace = { readonly uplink: InterfaceName; readonly host: Ipv4; readonly subnet: Cidr };

/** Where this network's machines would have their addresses on the LAN: the uplink in whose subnet the pool is. */
export function lanPlace(network: Network, uplinks: readonly ObservedLink[]): LanPlace | null {
  const { pool } = network;
  if (pool === null) return null;
  for (const { name, addresses } of uplinks) {
    const own = addresses.find((one) => pool === "lan-dhcp" || (contains(one, pool.first) && contains(one, pool.last)));
    // A point-to-point address has no segment around it.
    if (own !== undefined && own.prefix < 31) return { uplink: name, host: own.address, subnet: subnetOf(own) };
  }
  return null;
}

/** Why a network reaches as far as it does: as a code that each language has words for. */
export const reachReasons = ["asked", "pool", "no-pool", "pool-elsewhere", "no-uplink"] as const;
export type ReachReason = (typeof reachReasons)[number];

/**
 * How far a network reaches on the host as it is. `auto` takes the furthest that asks nothing of the peers and puts
 * nothing at risk: `proxy-arp` where a pool says which addresses are free, else `nat`. Never `bridged`: that is an
 * administrator's decision, confirmed by hand.
 */
export function resolveReach(
  network: Network,
  uplinks: readonly ObservedLink[],
): { readonly reach: Reach; readonly why: ReachReason } {
  if (network.reach !== "auto") return { reach: network.reach, why: "asked" };
  if (network.pool === null) return { reach: "nat", why: uplinks.length === 0 ? "no-uplink" : "no-pool" };
  // While the uplink is away there is nothing to reach: machines keep the addresses that they will need again.
  if (uplinks.length === 0 || lanPlace(network, uplinks) !== null) return { reach: "proxy-arp", why: "pool" };
  return { reach: "nat", why: "pool-elsewhere" };
}
