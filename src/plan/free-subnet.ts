import { TarrError } from "../error.ts";
import type { Cidr } from "../model/address.ts";
import {
  formatCidr,
  fromNumber,
  hostAddress,
  overlaps,
  parseSubnet,
  subnetOf,
  subnetSize,
  toNumber,
} from "../model/address.ts";
import { firstAddress } from "../model/document.ts";
import type { Network } from "../model/network.ts";
import { isOpen } from "../model/networks.ts";
import type { Policy } from "../model/policy.ts";
import { subnetClash, takenSubnets } from "./desired.ts";
import type { Glance } from "./observed.ts";
import { surroundings } from "./uplink.ts";

const tries = 60;

/**
 * The first free subnet of the usual address's size, that one first. Where nothing of the private space is free, the usual
 * one all the same: an installation ends with a switch, and the doctor tells what overlaps.
 */
export function freeAddress(observed: Glance): Cidr {
  return findFree([...usualAddresses, ...elsewhere], observed, []) ?? firstAddress;
}

/**
 * A free subnet for a network more: a usual one, or one of those that the policy leaves to users. The usual ones are taken
 * from the last on: those beside the first network's are where it is moved to.
 *
 * @param policy null for one that may be anywhere
 * @throws TarrError `no-free-subnet`
 */
export function anotherAddress(observed: Glance, networks: readonly Network[], policy: Policy | null): Cidr {
  const usual = usualAddresses.toReversed();
  if (policy === null) return firstFree(usual, observed, networks);
  const firstHosts = policy.subnets.map((one) => ({ address: hostAddress(one, 1), prefix: Math.max(one.prefix, 24) }));
  const candidates = [...usual, ...firstHosts.flatMap(addressesFrom)].filter((address) => isOpen(address, policy));
  return firstFree(candidates, observed, networks);
}

function addressesFrom(first: Cidr): readonly Cidr[] {
  return Array.from({ length: tries }, (_, step) => ({
    address: fromNumber(toNumber(first.address) + step * subnetSize(first)),
    prefix: first.prefix,
  }));
}

const usualAddresses = addressesFrom(firstAddress);
/** Where to look when the usual ones are taken: far from what people number by hand. */
const elsewhere = ["172.29.194.0/24", "10.194.64.0/24"].flatMap((one) => {
  const subnet = parseSubnet(one);
  return addressesFrom({ address: hostAddress(subnet, 1), prefix: subnet.prefix });
});

function firstFree(candidates: readonly Cidr[], observed: Glance, networks: readonly Network[]): Cidr {
  const free = findFree(candidates, observed, networks);
  if (free !== null) return free;
  const [first, last] = [candidates[0] ?? firstAddress, candidates.at(-1) ?? firstAddress].map(subnetOf);
  throw new TarrError("no-free-subnet", { first: first?.address ?? "", last: last?.address ?? "" });
}

/** A wider route than this leads to the whole world, not to somebody's servers. */
const widestOfSomebody = 8;

/** One that no wide route covers comes first: what the host reaches by it would be hidden behind the switch. */
function findFree(candidates: readonly Cidr[], observed: Glance, networks: readonly Network[]): Cidr | null {
  const { routes } = surroundings(observed);
  const isFree = (address: Cidr) =>
    clashOf(address, observed, []) === null && !networks.some((one) => overlaps(one.address, address));
  const isHiding = (address: Cidr) => routes.some(({ to }) => to.prefix >= widestOfSomebody && overlaps(to, address));
  const free = candidates.filter(isFree);
  return free.find((address) => !isHiding(address)) ?? free[0] ?? null;
}

export function clashOf(
  address: Cidr,
  observed: Glance,
  networks: readonly Network[],
): { subnet: string; interface: string } | null {
  return subnetClash(address, takenSubnets(surroundings(observed), networks));
}

/**
 * @param all every network of ours
 * @throws TarrError `subnet-taken` when the host reaches one of these networks' subnets by another way
 */
export function refuseClash(networks: readonly Network[], observed: Glance, all: readonly Network[]): void {
  for (const network of networks) {
    const clash = clashOf(network.address, observed, all);
    if (clash !== null) throw new TarrError("subnet-taken", { value: network.address.address, ...clash });
  }
}

/**
 * A user's network hides nothing from others: what the host reaches by a wider route, servers of the campus behind its
 * gateway, stays where it is. Only a route to the whole world has room for it.
 *
 * @throws TarrError `subnet-taken`
 */
export function refuseHiding({ address }: Network, observed: Glance, all: readonly Network[]): void {
  const wide = takenSubnets(surroundings(observed), all).find(
    ({ subnet }) => subnet.prefix >= widestOfSomebody && overlaps(subnet, address),
  );
  if (wide === undefined) return;
  const { subnet, interface: by } = wide;
  throw new TarrError("subnet-taken", { value: address.address, subnet: formatCidr(subnet), interface: by });
}

/** What a clash is looked for in. */
export type ClashAround = {
  readonly observed: Glance;
  readonly networks: readonly Network[];
  readonly policy: Policy;
};

export type Clash = {
  /** What is reached by another way, and by which interface. */
  readonly subnet: string;
  readonly interface: string;
  /** Where the network would be alone; null when no such subnet was found. */
  readonly proposed: Cidr | null;
};

/**
 * A network whose subnet the host reaches by another way by now (a VPN came, the laptop is in another room), and where it
 * could go. Nothing is moved by itself: machines' addresses are in people's notes.
 */
export function clashNow(network: Network, around: ClashAround): Clash | null {
  // A bridged network's subnet waits for the reach to change; on the LAN nothing of it is in use.
  const clash = network.reach === "bridged" ? null : clashOf(network.address, around.observed, around.networks);
  if (clash === null) return null;
  return { ...clash, proposed: proposal(network, around) };
}

function proposal({ address, owner }: Network, { observed, networks, policy }: ClashAround): Cidr | null {
  const sized = { ...widest, prefix: address.prefix };
  const usual = address.prefix >= firstAddress.prefix ? usualAddresses : addressesFrom(sized);
  const candidates = usual.map((one) => ({ ...one, prefix: address.prefix }));
  try {
    return owner === null ? firstFree(candidates, observed, networks) : anotherAddress(observed, networks, policy);
  } catch (error) {
    if (error instanceof TarrError) return null;
    throw error;
  }
}

/** For networks larger than the usual ones. */
const widest = { address: hostAddress(parseSubnet("10.64.0.0/10"), 1), prefix: 10 };
