import type { Cidr, Ipv4 } from "../model/address.ts";
import { contains, formatCidr, overlaps, subnetOf, toNumber } from "../model/address.ts";
import type { Line } from "../model/line.ts";
import { providerTraits } from "../model/machine.ts";
import type { DomainName, InterfaceName, Mac, MachineName, NetworkName } from "../model/names.ts";
import { interfaceName } from "../model/names.ts";
import type { Network, Range, Reach } from "../model/network.ts";
import type { Pair } from "../model/pairs.ts";
import { pairOf } from "../model/pairs.ts";
import type { Port } from "../model/port.ts";
import { addressOf } from "../model/port.ts";
import type { CableRules, DesiredCable } from "./cables.ts";
import { cableRules, desiredCables } from "./cables.ts";
import type { ObservedLink, ObservedRoute, TakenSubnet } from "./observed.ts";
import { ownerRules } from "./owners.ts";
import type { DesiredSplice, SpliceRules } from "./splice.ts";
import { desiredSplice, nicOf, spliceRules } from "./splice.ts";
import type { LanPlace, Surroundings } from "./uplink.ts";
import { findUplinks, lanPlace, resolveReach, uplinksOf, waysOut } from "./uplink.ts";

export type DesiredSwitch = {
  readonly interface: InterfaceName;
  readonly mac: Mac;
  readonly mtu: number;
  /** Null while the network is stopped: its name service then has nothing to listen on, and answers nobody. */
  readonly address: Cidr | null;
  /** False where it would answer a LAN segment for the host's addresses, with a MAC that is not the host's there. */
  readonly arp: boolean;
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
  /** The same, for VMware's machines: VMware hooks the port's end, and nothing that comes out of the other is wanted. */
  | {
      readonly kind: "vmware";
      readonly interface: InterfaceName;
      readonly peer: InterfaceName;
      readonly mtu: number;
      readonly on: InterfaceName;
    }
  | {
      readonly kind: "tap";
      readonly interface: InterfaceName;
      /** The uid that may open it; null for anyone. */
      readonly owner: number | null;
      readonly mtu: number;
      readonly on: InterfaceName;
      /** False while its cable is pulled. */
      readonly up: boolean;
      readonly line: Line | null;
    };

/** One network's part in the packet rules. */
export type NetworkRules = {
  readonly switch: InterfaceName;
  readonly subnet: Cidr;
  readonly reach: Reach;
  /** The switch's own addresses, which no guest may speak as. */
  readonly gateway: { readonly mac: Mac; readonly address: Ipv4 };
  /** Addresses on the LAN that machines hold (reach `proxy-arp`): with the subnet's, all that may leave the switch. */
  readonly lan: readonly Ipv4[];
};
/** What one user's ports may speak as, and nobody else's. */
export type OwnerRules = {
  readonly owner: number;
  /** Interfaces behind which the user's machines are; `*` at the end of a name stands for any rest. */
  readonly interfaces: readonly string[];
  readonly macs: readonly Mac[];
  readonly addresses: readonly Ipv4[];
};
/** What VMware's machines may speak as, all of them behind one port: who of them it is, no rule of ours can tell. */
export type VmwareRules = {
  readonly interface: InterfaceName;
  /** Where what VMware sends on to the wire comes out: the host must not take it for a LAN segment's. */
  readonly peer: InterfaceName;
  readonly macs: readonly Mac[];
  readonly addresses: readonly Ipv4[];
  /** Somebody else gives addresses on the network: none of these machines does. */
  readonly served: boolean;
};
export type RuleSet = {
  readonly networks: readonly NetworkRules[];
  readonly owners: readonly OwnerRules[];
  readonly splices: readonly SpliceRules[];
  /**
   * Interfaces that forward for our machines' sake alone: what comes in by one leaves by a switch of ours, or not at all.
   * Without, a host with two networks would be a router between them.
   */
  readonly closed: readonly InterfaceName[];
  /** Left out where VMware is not set up. */
  readonly vmware?: readonly VmwareRules[];
  /** Left out while every cable is as usual. */
  readonly cables?: CableRules;
};

/** A machine's address on the LAN: it is reached by the switch, and the host answers for it on the uplink. */
export type LanAddress = {
  readonly address: Ipv4;
  readonly switch: InterfaceName;
  readonly uplink: InterfaceName;
  /** What the host itself speaks to it as. */
  readonly source: Ipv4;
};

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
  /** The LAN segment in which machines have their addresses; the host is their router there. */
  readonly lan: { readonly subnet: Cidr; readonly router: Ipv4 } | null;
  readonly leases: readonly Lease[];
};

export type Desired = {
  readonly switches: readonly DesiredSwitch[];
  readonly ports: readonly DesiredPort[];
  readonly cables: readonly DesiredCable[];
  readonly splices: readonly DesiredSplice[];
  readonly rules: RuleSet;
  readonly forwarding: readonly InterfaceName[];
  /** Switches on which the host answers for the LAN's addresses. */
  readonly proxying: readonly InterfaceName[];
  readonly lan: readonly LanAddress[];
  readonly names: readonly NameService[];
};

/** All that decides what is desired, but for the document itself. */
export type Circumstances = {
  readonly ports: readonly Port[];
  /** Networks that were stopped by hand. */
  readonly stopped: ReadonlySet<NetworkName>;
  readonly links: readonly ObservedLink[];
  readonly routes: readonly ObservedRoute[];
  readonly hidden: readonly TakenSubnet[];
  /** VMware Workstation is set up on this host. */
  readonly vmware: boolean;
  /** Interfaces that forward because somebody else wants it; "all" on a host that is a router anyway. */
  readonly routers: ReadonlySet<InterfaceName> | "all";
  /** The switch's MAC: locally administered, of this host alone. */
  readonly macOf: (name: InterfaceName) => Mac;
  /** Behind which interface a switch saw a MAC: asked for only where somebody's cable is not as usual. */
  readonly places?: ReadonlyMap<Mac, InterfaceName>;
};

/** The tap that the prototype made, for whoever follows its recipe by hand; on the first switch. */
export const prototypeTap = interfaceName("tap0");
const firstSwitch = "vswitch0";
const usualMtu = 1500;
/** The least that IPv4 hosts must take (RFC 791: 576), with room to spare; below, an uplink is not our measure. */
const leastMtu = 1000;

/** A network as it stands on this host. */
type Standing = {
  readonly network: Network;
  readonly reach: Reach;
  readonly running: boolean;
  readonly uplinks: readonly ObservedLink[];
  /** Where its machines are on the LAN; null in any other reach, and while no uplink has the pool's subnet. */
  readonly place: LanPlace | null;
  /** What it is spliced onto in reach `bridged`; null in any other, while stopped, and while there is no such NIC. */
  readonly nic: ObservedLink | null;
  /** Its port for VMware's machines; null where VMware is not set up. */
  readonly vmware: Pair | null;
};

function stand(network: Network, networks: readonly Network[], circumstances: Circumstances): Standing {
  const uplinks = uplinksOf(network, circumstances, networks);
  const { reach } = resolveReach(network, uplinks);
  const place = reach === "proxy-arp" ? lanPlace(network, uplinks) : null;
  const running = !circumstances.stopped.has(network.name);
  const nic = reach === "bridged" && running ? nicOf(network, circumstances, networks) : null;
  return { network, reach, running, uplinks, place, nic, vmware: vmwarePort(network, circumstances) };
}

/**
 * Once made, it stays as long as its switch: another program that writes VMware's file anew has it empty for a moment, and
 * machines may be behind the port.
 */
function vmwarePort({ switch: on }: Network, { vmware, links }: Circumstances): Pair | null {
  const pair = pairOf("vmware", on);
  const [near, far] = [pair.interface, pair.peer].map((name) => links.find((link) => link.name === name));
  // Somebody else's interface of that name stays theirs: without a port for VMware all else goes on, and the doctor tells.
  if ((near ?? far)?.marked === false) return null;
  return vmware || near !== undefined ? pair : null;
}

export function desire(networks: readonly Network[], circumstances: Circumstances): Desired {
  const mtu = mtuOf(findUplinks(circumstances, networks));
  const all = networks.map((network) => stand(network, networks, circumstances));
  // On the LAN itself there is nothing to forward.
  const reaching = all.filter(({ reach }) => reach !== "isolated" && reach !== "bridged");
  const outward = reaching.filter(({ running }) => running);
  const lan = outward.flatMap((standing) => lanAddresses(standing, circumstances.ports));
  const cables = cableRules(networks, circumstances.ports);
  const ways = reaching.length === 0 ? [] : waysOut(circumstances, networks);
  const { routers } = circumstances;
  const vmware = all.flatMap((standing) => vmwareRules(standing, circumstances.ports));
  return {
    switches: all.map(({ network, reach, running, nic }) => ({
      interface: network.switch,
      mac: circumstances.macOf(network.switch),
      mtu: nic?.mtu ?? mtu,
      address: running && reach !== "bridged" ? network.address : null,
      arp: reach !== "bridged",
      up: running,
    })),
    ports: all.flatMap((standing) => desiredPorts(standing, circumstances.ports, standing.nic?.mtu ?? mtu)),
    cables: desiredCables(networks, circumstances),
    splices: all.flatMap(({ network, nic }) => (nic === null ? [] : desiredSplice(network, nic))),
    rules: {
      // A stopped network's too: its switch is down and has no address, and setting rules is the dear part of a start.
      networks: all.map(({ network: { switch: on, address }, reach }) => ({
        switch: on,
        subnet: subnetOf(address),
        reach,
        gateway: { mac: circumstances.macOf(on), address: address.address },
        lan: lan.filter((one) => one.switch === on).map((one) => one.address),
      })),
      owners: ownerRules(networks, circumstances.ports),
      splices: all.flatMap(({ network, nic }) => (nic === null ? [] : spliceRules(network, nic, circumstances))),
      closed: routers === "all" ? [] : ways.filter((name) => !routers.has(name)).sort(),
      ...(vmware.length === 0 ? {} : { vmware }),
      ...(cables === null ? {} : { cables }),
    },
    forwarding: outward.length === 0 ? [] : [...outward.map(({ network }) => network.switch), ...ways],
    proxying: outward.filter(({ place }) => place !== null).map(({ network }) => network.switch),
    lan,
    // The LAN's own servers give addresses and names there: a second one would be in their way.
    names: all
      .filter(({ reach }) => reach !== "bridged")
      .map((standing) => nameService(standing, circumstances.ports, mtu)),
  };
}

function lanAddresses({ network, place }: Standing, ports: readonly Port[]): LanAddress[] {
  if (place === null) return [];
  return ports
    .flatMap(({ network: name, lan }) => (name === network.name && lan !== null ? [lan] : []))
    .filter((address) => contains(place.subnet, address))
    .sort((one, other) => toNumber(one) - toNumber(other))
    .map((address) => ({ address, switch: network.switch, uplink: place.uplink, source: place.host }));
}

function desiredPorts({ network, vmware }: Standing, ports: readonly Port[], mtu: number): DesiredPort[] {
  const on = network.switch;
  const carrier: DesiredPort = { kind: "carrier", ...pairOf("carrier", on), on };
  const ofVmware: DesiredPort[] = vmware === null ? [] : [{ kind: "vmware", ...vmware, mtu, on }];
  const tap0: DesiredPort[] =
    on === firstSwitch ? [{ kind: "tap", interface: prototypeTap, owner: null, mtu, on, up: true, line: null }] : [];
  const taps = ports
    .filter((port) => port.network === network.name && providerTraits[port.kind].joins === "tap")
    .map((port): DesiredPort => {
      const cable = { up: port.pulled !== true, line: port.line ?? null };
      return { kind: "tap", interface: port.interface, owner: port.owner, mtu, on, ...cable };
    });
  return [carrier, ...ofVmware, ...tap0, ...taps];
}

function vmwareRules({ network, reach, vmware }: Standing, ports: readonly Port[]): VmwareRules[] {
  if (vmware === null) return [];
  const own = ports.filter((port) => port.network === network.name && providerTraits[port.kind].joins === "hook");
  return [
    {
      ...vmware,
      macs: own.map(({ mac }) => mac).sort(),
      addresses: own.map((port) => addressOf(port, network)).sort(),
      served: network.dhcp || reach === "bridged",
    },
  ];
}

function nameService({ network, reach, place }: Standing, ports: readonly Port[], mtu: number): NameService {
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
    isolated: reach === "isolated",
    lan: place === null ? null : { subnet: place.subnet, router: place.host },
    leases: leases.sort((one, other) => (one.mac < other.mac ? -1 : 1)),
  };
}

function mtuOf(uplinks: readonly ObservedLink[]): number {
  const usable = uplinks.map((link) => link.mtu).filter((mtu) => mtu >= leastMtu);
  return usable.length === 0 ? usualMtu : Math.min(...usable);
}

/** Subnets that are reached from here by something else than a network of ours. */
export function takenSubnets(around: Surroundings, networks: readonly Network[]): readonly TakenSubnet[] {
  const ours = new Set<string>(networks.map((network) => network.switch));
  const held = around.links.flatMap((link) =>
    link.addresses.map((address) => ({ subnet: subnetOf(address), interface: link.name, held: true })),
  );
  const routed = around.routes.map((route) => ({ subnet: route.to, interface: route.interface, held: false }));
  return [...held, ...routed, ...around.hidden].filter(
    (taken) => !ours.has(taken.interface) && taken.subnet.prefix > 0,
  );
}

/**
 * What already holds this subnet here: the words for an error, or null. A route to a wider subnet does not: the most
 * specific route wins, and a VPN that takes everything (0.0.0.0/1 and 128.0.0.0/1) leaves the switch's subnet alone.
 */
export function subnetClash(
  address: Cidr,
  taken: readonly TakenSubnet[],
): { subnet: string; interface: string } | null {
  const clash = taken.find((one) => overlaps(one.subnet, address) && (one.held || one.subnet.prefix >= address.prefix));
  return clash === undefined ? null : { subnet: formatCidr(clash.subnet), interface: clash.interface };
}
