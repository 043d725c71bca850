import type { WireNetwork, WirePort, WireStep } from "../api/types.ts";
import { run } from "../host/command.ts";
import type { GrantedLease } from "../host/dnsmasq/leases.ts";
import type { Ipv4 } from "../model/address.ts";
import { contains, formatCidr } from "../model/address.ts";
import { changedSettings } from "../model/document.ts";
import { lineSettings } from "../model/line.ts";
import { providerTraits } from "../model/machine.ts";
import type { InterfaceName, Mac } from "../model/names.ts";
import type { Network } from "../model/network.ts";
import { pairOf } from "../model/pairs.ts";
import { formatPool } from "../model/network.ts";
import type { Port } from "../model/port.ts";
import { addressOf } from "../model/port.ts";
import { detailOf } from "../plan/explain.ts";
import type { Clash } from "../plan/free-subnet.ts";
import type { Glance, ObservedLink } from "../plan/observed.ts";
import type { Plan } from "../plan/step.ts";
import { subjectOf } from "../plan/step.ts";
import { nicOf } from "../plan/splice.ts";
import { resolveReach, surroundings, uplinksOf } from "../plan/uplink.ts";

export function wireSteps(plan: Plan): WireStep[] {
  return plan.steps.map(({ step, reason }) => ({
    kind: step.kind,
    subject: subjectOf(step),
    reason,
    detail: detailOf(step),
  }));
}

export type NetworkSurroundings = {
  readonly observed: Glance;
  readonly ports: readonly Port[];
  readonly wanted: Network | undefined;
  readonly owner: string | null;
  /** Who else on the LAN segment uses a machine's address. */
  readonly rivals: ReadonlyMap<Ipv4, Mac>;
  readonly clash: Clash | null;
};

export function wireNetwork(network: Network, around: NetworkSurroundings): WireNetwork {
  const changes = Object.entries(around.wanted === undefined ? {} : changedSettings(network, around.wanted));
  const place = surroundings(around.observed);
  const link = place.links.find((one) => one.name === network.switch);
  const uplinks = uplinksOf(network, place, [network]);
  const nic = nicOf(network, place, [network]);
  const { reach, why } = resolveReach(network, uplinks);
  const ports = around.ports.filter((port) => port.network === network.name);
  const rivals = [...around.rivals].filter(([address]) => ports.some(({ lan }) => lan === address));
  return {
    name: network.name,
    switch: network.switch,
    address: formatCidr(network.address),
    reach,
    wanted: network.reach,
    why,
    pool: network.pool === null ? null : formatPool(network.pool),
    state: link?.up === true ? "up" : "down",
    domain: network.domain,
    dhcp: { enabled: network.dhcp, first: network.range.first, last: network.range.last, max: network.max },
    ports: ports.length,
    rivals: rivals.map(([address, mac]) => ({ address, mac })),
    clash: wireClash(around.clash),
    uplink: reach === "isolated" ? null : ((reach === "bridged" ? nic : uplinks[0])?.name ?? null),
    pending: changes.length > 0,
    owner: around.owner,
    uid: network.owner,
    changes: changes.map(([key, value]) => ({ key, value })),
  };
}

function wireClash(clash: Clash | null): WireNetwork["clash"] {
  if (clash === null) return null;
  return { ...clash, proposed: clash.proposed === null ? null : formatCidr(clash.proposed) };
}

export type PortSurroundings = {
  readonly network: Network;
  readonly links: ReadonlyMap<InterfaceName, ObservedLink>;
  /** Behind which interface the switch saw a MAC. */
  readonly learned: ReadonlyMap<Mac, InterfaceName>;
  readonly leases: readonly GrantedLease[];
  readonly ownerName: string;
};

/** A machine holds an address while it is plugged in and its lease runs; what it is given for life is `reserved`. */
export function wirePort(port: Port, around: PortSurroundings): WirePort {
  // After a change of subnet dnsmasq still remembers leases of the old one.
  const lease = around.leases.find((one) => one.mac === port.mac && fits(port, around, one.address));
  const { name, up } = standing(port, around, lease !== undefined);
  return {
    id: port.id,
    network: port.network,
    name: port.name,
    fqdn: `${port.name}.${around.network.domain}`,
    kind: port.kind,
    interface: name,
    switch: around.network.switch,
    mac: port.mac,
    address: up && lease !== undefined ? lease.address : null,
    reserved: around.network.reach === "bridged" ? "" : addressOf(port, around.network),
    owner: around.ownerName,
    uid: port.owner,
    state: up ? "up" : "down",
    leased: lease?.granted ?? null,
    cable: port.pulled === true ? "out" : "in",
    line: port.line === undefined ? [] : lineSettings(port.line).map(({ key, value }) => ({ key, value })),
  };
}

function fits(port: Port, { network }: PortSurroundings, address: Ipv4): boolean {
  if (network.reach === "bridged") return true;
  return port.lan === null ? contains(network.address, address) : address === port.lan;
}

/** The interface that a port's machine is behind, and whether it is plugged in. */
function standing(port: Port, { links, learned, network }: PortSurroundings, hasLease: boolean) {
  const { joins } = providerTraits[port.kind];
  if (joins === "tap") return { name: port.interface, up: links.get(port.interface)?.carrier === true };
  // A hypervisor that hooks a port shows nothing of its machines there: a lease that runs is all that tells.
  if (joins === "hook") return { name: pairOf("vmware", network.switch).interface, up: hasLease };
  const said = [...links.values()].find((link) => link.port === port.id);
  const place = said ?? links.get(learned.get(port.mac) ?? port.interface);
  return { name: place?.name ?? port.interface, up: place?.master === network.switch && place.carrier };
}

const rememberedFor = 60_000;

/** Names of users by uid, remembered for a minute: a list of ports asks for the same few again and again. */
export function userNames(): (uid: number) => Promise<string> {
  const known = new Map<number, { name: string; until: number }>();
  return async (uid) => {
    const remembered = known.get(uid);
    if (remembered !== undefined && performance.now() < remembered.until) return remembered.name;
    const result = await run(["id", "-un", `+${uid}`]);
    const name = result.code === 0 ? result.stdout.trim() : `#${uid}`;
    known.set(uid, { name, until: performance.now() + rememberedFor });
    return name;
  };
}
