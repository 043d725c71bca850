import type { ProviderName } from "../model/machine.ts";
import { providerTraits } from "../model/machine.ts";
import type { Network } from "../model/network.ts";
import type { Port } from "../model/port.ts";
import { addressOf } from "../model/port.ts";
import type { OwnerRules } from "./desired.ts";

/**
 * What each user's ports may speak as: their own MACs and addresses, from whichever of the user's machines (one of them
 * may take another's place), and never another user's.
 */
export function ownerRules(networks: readonly Network[], ports: readonly Port[]): readonly OwnerRules[] {
  const placed = ports.flatMap((port) => {
    const network = networks.find((one) => one.name === port.network);
    return network === undefined || !isBound(port) ? [] : [{ port, address: addressOf(port, network) }];
  });
  const owners = [...new Set(placed.map(({ port }) => port.owner))].sort((one, other) => one - other);
  return owners.map((owner) => {
    const own = placed.filter(({ port }) => port.owner === owner);
    const taps = own.filter(({ port }) => joins(port.kind) === "tap").map(({ port }) => port.interface);
    return {
      owner,
      interfaces: [...taps.sort(), ...(namesTell(owner) ? [`veth${owner}_*`] : [])],
      macs: own.map(({ port }) => port.mac).sort(),
      addresses: own.map(({ address }) => address).sort(),
    };
  });
}

const joins = (kind: ProviderName) => providerTraits[kind].joins;

/**
 * lxc-user-nic(1) puts the user's number into the name of the interface that it makes, when it fits: it does up to
 * 65535. Of others' containers, and of root's, nobody can tell whose they are: their addresses cannot be bound.
 */
export function namesTell(owner: number): boolean {
  return owner > 0 && owner <= 65_535;
}

function isBound(port: Port): boolean {
  return joins(port.kind) !== "own-interface" || namesTell(port.owner);
}
