import type { Cidr, Ipv4 } from "../model/address.ts";
import { formatCidr, overlaps, subnetOf } from "../model/address.ts";
import { providerTraits } from "../model/machine.ts";
import type { DomainName, InterfaceName, Mac, MachineName, NetworkName } from "../model/names.ts";
import { interfaceName } from "../model/names.ts";
import type { Network, Range, Reach } from "../model/network.ts";
import type { Port } from "../model/port.ts";
import { addressOf } from "../model/port.ts";
import type { ObservedLink, ObservedRoute } from "./observed.ts";
import { ownerRules } from "./owners.ts";

export type DesiredSwitch = {
  readonly interface: InterfaceName;
  readonly mac: Mac;
  readonly mtu: number;
  /** Null while the network is stopped: its name service then has nothing to listen on, and answers nobody. */
  readonly address: Cidr | null;
  readonly up: boolean;
};

export type DesiredPort =
  /** A pair of interfaces, both ours, whose port keeps the switch's carrier when the last guest leaves. */
  | {
      readonly kind: "carrier";
      readonly interface: InterfaceName;
      readonly peer: InterfaceName;
      readonly on: InterfaceName;
    }
  | {
      readonly kind: "tap";
      readonly interface: InterfaceName;
      /** The uid that may open it; null for anyone. */
      readonly owner: number | null;
      readonly mtu: number;
      readonly on: InterfaceName;
    };

/** One network's part in the packet rules. */
export type NetworkRules = {
  readonly switch: InterfaceName;
  readonly subnet: Cidr;
  readonly reach: Reach;
  /** The switch's own addresses, which no guest may speak as. */
  readonly gateway: { readonly mac: Mac; readonly address: Ipv4 };
};
/** What one user's ports may speak as, and nobody else's. */
export type OwnerRules = {
  readonly owner: number;
  /** Interfaces behind which the user's machines are; `*` at the end of a name stands for any rest. */
  readonly interfaces: readonly string[];
  readonly macs: readonly Mac[];
  readonly addresses: readonly Ipv4[];
};
export type RuleSet = { readonly networks: readonly NetworkRules[]; readonly owners: readonly OwnerRules[] };

export type Lease = { readonly mac: Mac; readonly address: Ipv4; readonly name: MachineName };

/** DHCP and DNS of one network. */
export type NameService = {
  readonly network: NetworkName;
  readonly switch: InterfaceName;
  readonly address: Cidr;
  readonly range: Range;
  readonly max: number;
  readonly dhcp: boolean;
  readonly domain: DomainName;
  readonly mtu: number;
  /** An isolated network has no router and no resolver beyond itself. */
  readonly isolated: boolean;
  readonly leases: readonly Lease[];
};

export type Desired = {
  readonly switches: readonly DesiredSwitch[];
  readonly ports: readonly DesiredPort[];
  readonly rules: RuleSet;
  readonly forwarding: readonly InterfaceName[];
  readonly names: readonly NameService[];
};

/** All that decides what is desired, but for the document itself. */
export type Circumstances = {
  readonly ports: readonly Port[];
  /** Networks that were stopped by hand. */
  readonly stopped: ReadonlySet<NetworkName>;
  readonly links: readonly ObservedLink[];
  readonly routes: readonly ObservedRoute[];
  /** The switch's MAC: locally administered, of this host alone. */
  readonly macOf: (name: InterfaceName) => Mac;
};

/** The tap that the prototype made, for whoever follows its recipe by hand; on the first switch. */
export const prototypeTap = interfaceName("tap0");
const firstSwitch = "vswitch0";
const usualMtu = 1500;
/** The least that IPv4 hosts must take (RFC 791: 576), with room to spare; below, an uplink is not our measure. */
const leastMtu = 1000;

export function desire(networks: readonly Network[], circumstances: Circumstances): Desired {
  const uplinks = findUplinks(circumstances, networks);
  const mtu = mtuOf(uplinks);
  const running = networks.filter((network) => !circumstances.stopped.has(network.name));
  const outward = running.filter((network) => network.reach !== "isolated");
  return {
    switches: networks.map((network) => ({
      interface: network.switch,
      mac: circumstances.macOf(network.switch),
      mtu,
      address: running.includes(network) ? network.address : null,
      up: running.includes(network),
    })),
    ports: networks.flatMap((network) => desiredPorts(network, circumstances.ports, mtu)),
    rules: {
      networks: running.map(({ switch: on, address, reach }) => ({
        switch: on,
        subnet: subnetOf(address),
        reach,
        gateway: { mac: circumstances.macOf(on), address: address.address },
      })),
      owners: ownerRules(running, circumstances.ports),
    },
    forwarding:
      outward.length === 0 ? [] : [...outward.map((network) => network.switch), ...uplinks.map((link) => link.name)],
    names: networks.map((network) => nameService(network, circumstances.ports, mtu)),
  };
}

function desiredPorts(network: Network, ports: readonly Port[], mtu: number): DesiredPort[] {
  const on = network.switch;
  const number = on.slice("vswitch".length);
  const carrier: DesiredPort = {
    kind: "carrier",
    interface: interfaceName(`carrier${number}`),
    peer: interfaceName(`carrier${number}-peer`),
    on,
  };
  const tap0: DesiredPort[] =
    on === firstSwitch ? [{ kind: "tap", interface: prototypeTap, owner: null, mtu, on }] : [];
  const taps = ports
    .filter((port) => port.network === network.name && providerTraits[port.kind].joins === "tap")
    .map((port): DesiredPort => ({ kind: "tap", interface: port.interface, owner: port.owner, mtu, on }));
  return [carrier, ...tap0, ...taps];
}

function nameService(network: Network, ports: readonly Port[], mtu: number): NameService {
  const leases = ports
    .filter((port) => port.network === network.name)
    .map((port) => ({ mac: port.mac, address: addressOf(port, network), name: port.name }));
  return {
    network: network.name,
    switch: network.switch,
    address: network.address,
    range: network.range,
    max: network.max,
    dhcp: network.dhcp,
    domain: network.domain,
    mtu,
    isolated: network.reach === "isolated",
    leases: leases.sort((one, other) => (one.mac < other.mac ? -1 : 1)),
  };
}

/**
 * The interfaces that lead to the LAN segment: those of default routes; without one, every Ethernet interface with an
 * address that no other tool made as a switch of its own (docker0, virbr0 and lxcbr0 are bridges).
 */
export function findUplinks(
  around: Pick<Circumstances, "links" | "routes">,
  networks: readonly Network[],
): readonly ObservedLink[] {
  const ours = new Set<string>(networks.map((network) => network.switch));
  const candidates = around.links.filter((link) => !ours.has(link.name) && !link.marked && link.addresses.length > 0);
  const defaults = new Set(around.routes.filter((route) => route.to.prefix === 0).map((route) => route.interface));
  const byRoute = candidates.filter((link) => defaults.has(link.name));
  if (byRoute.length > 0) return byRoute;
  return candidates.filter((link) => link.ethernet && link.kind !== "bridge" && link.master === null);
}

function mtuOf(uplinks: readonly ObservedLink[]): number {
  const usable = uplinks.map((link) => link.mtu).filter((mtu) => mtu >= leastMtu);
  return usable.length === 0 ? usualMtu : Math.min(...usable);
}

/** Subnets that are reached from here by something else than a network of ours, and by what. */
export function takenSubnets(
  around: Pick<Circumstances, "links" | "routes">,
  networks: readonly Network[],
): readonly { subnet: Cidr; interface: InterfaceName }[] {
  const ours = new Set<string>(networks.map((network) => network.switch));
  const held = around.links.flatMap((link) =>
    link.addresses.map((address) => ({ subnet: subnetOf(address), interface: link.name })),
  );
  const routed = around.routes.map((route) => ({ subnet: route.to, interface: route.interface }));
  return [...held, ...routed].filter((taken) => !ours.has(taken.interface) && taken.subnet.prefix > 0);
}

/** What already holds this subnet here: the words for an error, or null. */
export function subnetClash(
  address: Cidr,
  taken: readonly { subnet: Cidr; interface: InterfaceName }[],
): { subnet: string; interface: string } | null {
  const clash = taken.find((one) => overlaps(one.subnet, address));
  return clash === undefined ? null : { subnet: formatCidr(clash.subnet), interface: clash.interface };
}
