import { TarrError } from "../error.ts";
import type { Cidr } from "./address.ts";
import { formatCidr, hostAddress, isWithin, overlaps, parseSubnet, parseSwitchAddress, sameCidr } from "./address.ts";
import { subnetOf } from "./address.ts";
import type { InterfaceName } from "./names.ts";
import { interfaceName, parseDomain } from "./names.ts";
import type { Network, Setting } from "./network.ts";
import { parseReach, userReaches } from "./network.ts";
import { pairKinds, pairOf } from "./pairs.ts";
import type { Caller, Policy } from "./policy.ts";

/**
 * All networks that are wanted: the document's, and those that users made.
 *
 * @throws TarrError `network-clash` where the document has, by now, what a user's network has: neither takes the other's
 */
export function joinNetworks(ofDocument: readonly Network[], ofUsers: readonly Network[]): readonly Network[] {
  for (const network of ofDocument) {
    for (const other of ofUsers) {
      const value = sharedValue(network, other);
      if (value !== null) throw new TarrError("network-clash", { network: network.name, other: other.name, value });
    }
  }
  return [...ofDocument, ...ofUsers];
}

/** What two networks cannot both have: the name, the switch, the subnet, the domain of their machines. */
function sharedValue(one: Network, other: Network): string | null {
  if (one.name === other.name) return one.name;
  if (one.switch === other.switch) return one.switch;
  if (overlaps(one.address, other.address)) return formatCidr(subnetOf(one.address));
  return one.domain === other.domain ? one.domain : null;
}

/** @throws TarrError `subnet-of-network`, `network-clash` when a network cannot be beside the others */
export function refuseOverlap(network: Network, others: readonly Network[]): void {
  for (const other of others.filter(({ name }) => name !== network.name)) {
    const values = { value: formatCidr(network.address), network: other.name };
    if (overlaps(network.address, other.address)) {
      throw new TarrError("subnet-of-network", { ...values, subnet: formatCidr(subnetOf(other.address)) });
    }
    const value = sharedValue(network, other);
    if (value !== null) throw new TarrError("network-clash", { network: network.name, other: other.name, value });
  }
}

/** The first switch is the document's: tap0, which anybody may open, is on it. */
const firstNumber = 1;
const lastNumber = 999;

/**
 * The lowest switch that nobody has.
 *
 * @param present interfaces of the host: one of somebody else's is not taken over
 * @throws TarrError `networks-full`
 */
export function freeSwitch(networks: readonly Network[], present: ReadonlySet<string>): InterfaceName {
  const taken = new Set<string>(networks.map((network) => network.switch));
  for (let number = firstNumber; number <= lastNumber; number += 1) {
    const on = interfaceName(`vswitch${number}`);
    const own = [on, ...pairKinds.map((kind) => pairOf(kind, on).interface)];
    if (!taken.has(on) && !own.some((name) => present.has(name))) return on;
  }
  throw new TarrError("networks-full", { count: String(lastNumber) });
}

/**
 * The switch's address of a new network, when it was said: of a subnet alone its first host.
 *
 * @throws TarrError `subnet-*`, `address-*`, `prefix-invalid`
 */
export function requestedAddress(subnet: string | null, address: string | null): Cidr | null {
  const own = address === null ? null : parseSwitchAddress(address);
  if (subnet === null) return own;
  const wanted = parseSubnet(subnet);
  if (own === null) return parseSwitchAddress(formatCidr({ ...wanted, address: hostAddress(wanted, 1) }));
  if (!sameCidr(subnetOf(own), wanted)) {
    throw new TarrError("subnet-differs", { value: formatCidr(own), subnet: formatCidr(wanted) });
  }
  return own;
}

/** A user's network is no larger than this, so that one does not leave nothing to the others. */
const shortestUserPrefix = 16;

/** @throws TarrError `denied-subnet` for a subnet that no user may take */
export function refuseSubnet(address: Cidr, asking: { readonly caller: Caller; readonly policy: Policy }): void {
  const { caller, policy } = asking;
  if (isOpen(address, policy)) return;
  const allowed = policy.subnets.map(formatCidr).join(", ");
  const value = formatCidr(address);
  throw new TarrError("denied-subnet", { user: caller.name, value, allowed, prefix: String(shortestUserPrefix) });
}

/** Whether users may take this subnet. */
export function isOpen(address: Cidr, policy: Policy): boolean {
  return address.prefix >= shortestUserPrefix && policy.subnets.some((one) => isWithin(subnetOf(address), one));
}

/**
 * What the owner of a network may not give it. The LAN's addresses and network cards are the administrator's; and names of
 * machines resolve on this host for everybody, so that a domain of others' would take theirs.
 *
 * @throws TarrError `denied-setting`; `reach-invalid`, `domain-invalid` for what nobody could give it
 */
export function refuseSettings(
  network: Network,
  settings: readonly Setting[],
  asking: { readonly caller: Caller; readonly policy: Policy },
): void {
  for (const { key, value } of settings) {
    const allowed = allowedInstead(network, key, value);
    if (allowed === null) continue;
    const who = asking.policy.administer.join(", ");
    throw new TarrError("denied-setting", {
      user: asking.caller.name,
      // Not "key": that of a lab's file is the place in the file, which no command takes.
      setting: key,
      value,
      network: network.name,
      allowed,
      who,
    });
  }
}

const openKeys: ReadonlySet<string> = new Set(["address", "range", "max", "dhcp"]);

/** What the owner may choose from, when this is not of it. */
function allowedInstead(network: Network, key: string, value: string): string | null {
  if (openKeys.has(key)) return null;
  if (key === "reach") return userReaches.includes(parseReach(value)) ? null : userReaches.join(", ");
  const own = `${network.name}.internal`;
  if (key === "domain") return parseDomain(value) === own || value.endsWith(`.${own}`) ? null : `${own}, *.${own}`;
  return "–";
}
