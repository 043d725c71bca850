import type { Cidr, Ipv4 } from "../model/address.ts";
import { subnetOf } from "../model/address.ts";
import type { ErrorCode } from "../error.ts";
import { TarrError } from "../error.ts";
import type { InterfaceName, Mac } from "../model/names.ts";
import type { Network } from "../model/network.ts";
import { pairOf } from "../model/pairs.ts";
import type { Port } from "../model/port.ts";
import { same } from "./compare.ts";
import type { ObservedLink } from "./observed.ts";
import type { Surroundings } from "./uplink.ts";
import { findUplinks } from "./uplink.ts";

/**
 * What lets a network's machines onto a LAN segment: a pair of interfaces of ours, one of them a port of the switch, and
 * frames handed over between the other and a NIC. The NIC itself stays what it is to the host.
 */
export type Splice = {
  readonly switch: InterfaceName;
  readonly interface: InterfaceName;
  readonly peer: InterfaceName;
  readonly nic: InterfaceName;
  readonly mac: Mac;
};
export type DesiredSplice = Splice & { readonly mtu: number };

/** What the machines of a splice may say to the LAN, and what is meant for them of what is said there. */
export type SpliceRules = {
  readonly splice: Splice;
  readonly macs: readonly Mac[];
  /** The LAN's subnets, which machines have their addresses of; none when the host has no address there. */
  readonly subnets: readonly Cidr[];
  /** The host's own addresses and its gateways: nobody else may speak as these. */
  readonly reserved: readonly Ipv4[];
};

/** Why no network can be spliced onto an interface. */
export type Barrier = "not-ethernet" | "wireless" | "authenticated" | "member" | "kind";

/** Ethernet hardware (which has no kind), and what stands for it. */
const spliceable: readonly string[] = ["", "veth", "bond", "team", "vlan"];

export function barrierOf(link: ObservedLink): Barrier | null {
  if (!link.ethernet || link.mac === null) return "not-ethernet";
  if (link.obstacle !== null) return link.obstacle;
  if (link.marked || !spliceable.includes(link.kind)) return "kind";
  return link.master === null ? null : "member";
}

/**
 * The NIC that a bridged network is spliced onto; null while there is none. Where none is named, the default route tells;
 * but a network stays where it is while that has a carrier, or nothing better is there: its machines are not to move to
 * another segment because the host loses its address for a moment.
 */
export function nicOf(network: Network, around: Surroundings, networks: readonly Network[]): ObservedLink | null {
  const usable = around.links.filter((link) => barrierOf(link) === null);
  if (network.uplink !== "auto") return usable.find((link) => link.name === network.uplink) ?? null;
  const candidates = findUplinks(around, networks).filter((link) => usable.includes(link));
  const { peer } = pairOf("uplink", network.switch);
  const mac = around.links.find((link) => link.name === peer && link.marked)?.mac;
  const current = [...candidates, ...usable].filter((link) => link.mac === mac);
  return current.find((link) => link.carrier) ?? candidates[0] ?? current[0] ?? null;
}

function endsOf({ switch: on }: Network): Pick<Splice, "switch" | "interface" | "peer"> {
  return { switch: on, ...pairOf("uplink", on) };
}

export function desiredSplice(network: Network, nic: ObservedLink): DesiredSplice[] {
  if (nic.mac === null) return [];
  return [{ ...endsOf(network), nic: nic.name, mac: nic.mac, mtu: nic.mtu }];
}

export function spliceRules(
  network: Network,
  nic: ObservedLink,
  around: Pick<Surroundings, "routes"> & { readonly ports: readonly Port[] },
): SpliceRules[] {
  const gateways = around.routes.flatMap(({ interface: name, gateway }) =>
    name === nic.name && gateway !== null ? [gateway] : [],
  );
  if (nic.mac === null) return [];
  const splice: Splice = { ...endsOf(network), nic: nic.name, mac: nic.mac };
  const rules: SpliceRules = {
    splice,
    macs: around.ports
      .filter((port) => port.network === network.name)
      .map((port) => port.mac)
      // Given out before it was this NIC's: what is meant for the host must not go to a machine.
      .filter((mac) => mac !== nic.mac)
      .sort(),
    subnets: distinct(nic.addresses.filter((one) => one.prefix < 31).map(subnetOf)),
    reserved: distinct([...nic.addresses.map((one) => one.address), ...gateways]),
  };
  return [rules];
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return values.filter((value, index) => values.findIndex((other) => same(other, value)) === index);
}

const errorOf = {
  "not-ethernet": "bridge-not-ethernet",
  wireless: "bridge-wireless",
  authenticated: "bridge-authenticated",
  member: "bridge-member",
  kind: "bridge-kind",
} as const satisfies Record<Barrier, ErrorCode>;

/**
 * Whether a network can be bridged, before anything is changed for it.
 *
 * @throws TarrError `bridge-*`: each reason has its own
 */
export function refuseUnbridgeable(network: Network, networks: readonly Network[], around: Surroundings): void {
  const { name } = wantedNic(network, around, networks);
  const others = networks.filter((one) => one.reach === "bridged" && one.name !== network.name);
  const other = others.find((one) => nicOf(one, around, networks)?.name === name);
  if (other !== undefined)
    throw new TarrError("bridge-taken", { uplink: name, network: network.name, other: other.name });
}

function wantedNic(network: Network, around: Surroundings, networks: readonly Network[]): ObservedLink {
  const values = { network: network.name, uplink: network.uplink };
  const named = around.links.find((link) => link.name === network.uplink);
  if (network.uplink !== "auto" && named === undefined) throw new TarrError("bridge-unknown-uplink", values);
  const candidates = named === undefined ? findUplinks(around, networks) : [named];
  const usable = candidates.filter((link) => barrierOf(link) === null);
  const [first] = candidates;
  if (first === undefined) throw new TarrError("bridge-no-uplink", values);
  const barrier = barrierOf(first);
  if (usable[0] === undefined && barrier !== null) {
    const about = { uplink: first.name, kind: first.kind, master: first.master ?? "" };
    throw new TarrError(errorOf[barrier], { ...values, ...about });
  }
  const nic = nicOf(network, around, networks);
  if (usable.length > 1 || nic === null) {
    throw new TarrError("bridge-many-uplinks", { ...values, uplinks: usable.map((link) => link.name).join(", ") });
  }
  return nic;
}
