import { TarrError } from "../error.ts";
import type { Ipv4 } from "./address.ts";
import { contains, hostAddress, hostPart, subnetSize } from "./address.ts";
import type { Line } from "./line.ts";
import type { ProviderName } from "./machine.ts";
import { providerNames, providerTraits } from "./machine.ts";
import type { InterfaceName, Mac, MachineName, NetworkName, PortId } from "./names.ts";
import { interfaceName } from "./names.ts";
import type { Network } from "./network.ts";
import { formatRange, inRange } from "./network.ts";

/** A port is for a machine of one provider. */
export type PortKind = ProviderName;
export const portKinds = providerNames;

/** One place on a switch where something plugs in. It owns a MAC, an address and a name for its life. */
export type Port = {
  readonly id: PortId;
  readonly network: NetworkName;
  readonly name: MachineName;
  readonly kind: PortKind;
  readonly interface: InterfaceName;
  readonly mac: Mac;
  /** The address's host part: the address moves with its network's subnet. */
  readonly host: number;
  /** Its address on the LAN segment, while its network's reach is `proxy-arp`; then it has no other. */
  readonly lan: Ipv4 | null;
  readonly owner: number;
  /** Its cable is out: the machine stays, and nothing reaches it. */
  readonly pulled?: true;
  /** How good its line is, where that is not as usual. */
  readonly line?: Line;
};

/** The port as it was made: its cable in, its line as usual. */
export function plainPort({ id, network, name, kind, interface: on, mac, host, lan, owner }: Port): Port {
  return { id, network, name, kind, interface: on, mac, host, lan, owner };
}

/**
 * Linux gives a bridge 2^10 ports (BR_PORT_BITS); the 1024th fails with "Exchange full". Four may be ours: the pairs of
 * model/pairs.ts, and tap0.
 */
export const switchCapacity = 1019;

/**
 * VMware's module has 68 jacks for a vmnet, and takes two for each card; the open beyond them ends in a use after free in
 * the kernel (vmnet of Workstation 17.6.1, measured). All of a switch's cards are on one vmnet.
 */
export const vmwareCapacity = 33;

/** VMware's module refuses this one, although it is of VMware's own. */
export function isRefusedBy(kind: PortKind, mac: Mac): boolean {
  return kind === "vmware" && mac === `${providerTraits.vmware.macPrefix}:00:00:00`;
}

export function addressOf(port: Port, network: Network): Ipv4 {
  return port.lan ?? hostAddress(network.address, port.host);
}

export function interfaceOf(id: PortId): InterfaceName {
  return interfaceName(`ts${id}`);
}

/** @param random three bytes */
export function macOf(kind: PortKind, random: readonly [number, number, number]): Mac {
  const [first, second, third] = random;
  const bytes = [kind === "vmware" ? first & 0x3f : first, second, third];
  return `${providerTraits[kind].macPrefix}:${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":")}` as Mac;
}

/**
 * The lowest host part of the range that nobody holds.
 *
 * @param leased addresses whose last machine is gone, and whose lease still runs: the DHCP server would give them to
 * nobody else. They are taken last.
 * @throws TarrError `range-full`
 */
export function freeHost(network: Network, ports: readonly Port[], leased: ReadonlySet<Ipv4> = new Set()): number {
  const held = ports.filter((port) => port.network === network.name);
  if (held.length >= network.max)
    throw new TarrError("range-full", { network: network.name, max: String(network.max) });
  const taken = new Set(held.map((port) => port.host));
  const first = hostPart(network.address, network.range.first);
  const last = hostPart(network.address, network.range.last);
  let second: number | null = null;
  for (let host = first; host <= last; host += 1) {
    if (taken.has(host)) continue;
    if (!leased.has(hostAddress(network.address, host))) return host;
    second ??= host;
  }
  if (second !== null) return second;
  throw new TarrError("range-full", { network: network.name, max: String(last - first + 1) });
}

/**
 * The host part that a machine asks for. Only one of the range is given: the service keeps no other for anybody.
 *
 * @throws TarrError `host-unusable`, `host-taken`, `range-full`
 */
export function claimHost(network: Network, ports: readonly Port[], host: number): number {
  const held = ports.filter((port) => port.network === network.name);
  if (held.length >= network.max)
    throw new TarrError("range-full", { network: network.name, max: String(network.max) });
  const [first, last] = [network.range.first, network.range.last].map((end) => hostPart(network.address, end));
  if (!Number.isInteger(host) || first === undefined || last === undefined || host < first || host > last) {
    const range = formatRange(network.range);
    throw new TarrError("host-unusable", { value: String(host), network: network.name, range });
  }
  const holder = held.find((port) => port.host === host);
  if (holder === undefined) return host;
  const address = hostAddress(network.address, host);
  throw new TarrError("host-taken", { address, network: network.name, name: holder.name });
}

/** Ports with addresses of the network as it is now: those that still fit keep theirs, the others get a free one. */
export function settlePorts(ports: readonly Port[], network: Network): readonly Port[] {
  const mine = ports.filter((port) => port.network === network.name);
  const fits = (port: Port) => {
    if (port.host <= 0 || port.host >= subnetSize(network.address) - 1) return false;
    const address = hostAddress(network.address, port.host);
    return contains(network.address, address) && inRange(network.range, address);
  };
  const settled: Port[] = mine.filter(fits);
  for (const port of mine.filter((one) => !fits(one))) {
    settled.push({ ...port, host: freeHost(network, settled) });
  }
  const byId = new Map(settled.map((port) => [port.id, port]));
  return ports.map((port) => byId.get(port.id) ?? port);
}
