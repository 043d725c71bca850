import type { WireNetwork, WirePort, WireStep } from "../api/types.ts";
import { run } from "../host/command.ts";
import type { GrantedLease } from "../host/dnsmasq/leases.ts";
import { contains, formatCidr } from "../model/address.ts";
import { changedSettings } from "../model/document.ts";
import { providerTraits } from "../model/machine.ts";
import type { InterfaceName, Mac } from "../model/names.ts";
import type { Network } from "../model/network.ts";
import type { Port } from "../model/port.ts";
import { addressOf } from "../model/port.ts";
import { findUplinks } from "../plan/desired.ts";
import { detailOf } from "../plan/explain.ts";
import type { Glance, ObservedLink } from "../plan/observed.ts";
import { observedLinks } from "../plan/observed.ts";
import type { Plan } from "../plan/step.ts";
import { subjectOf } from "../plan/step.ts";

export function wireSteps(plan: Plan): WireStep[] {
  return plan.steps.map(({ step, reason }) => ({
    kind: step.kind,
    subject: subjectOf(step),
    reason,
    detail: detailOf(step),
  }));
}

export function wireNetwork(
  network: Network,
  around: { observed: Glance; ports: readonly Port[]; wanted: Network | undefined },
): WireNetwork {
  const changes = Object.entries(around.wanted === undefined ? {} : changedSettings(network, around.wanted));
  const links = observedLinks(around.observed);
  const link = links.find((one) => one.name === network.switch);
  const routes = around.observed.routes.known ? around.observed.routes.value : [];
  const uplink = findUplinks({ links, routes }, [network])[0];
  return {
    name: network.name,
    switch: network.switch,
    address: formatCidr(network.address),
    reach: network.reach,
    state: link?.up === true ? "up" : "down",
    domain: network.domain,
    dhcp: { enabled: network.dhcp, first: network.range.first, last: network.range.last, max: network.max },
    ports: around.ports.filter((port) => port.network === network.name).length,
    uplink: network.reach === "isolated" ? null : (uplink?.name ?? null),
    pending: changes.length > 0,
    changes: changes.map(([key, value]) => ({ key, value })),
  };
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
  const lease = around.leases.find((one) => one.mac === port.mac && contains(around.network.address, one.address));
  const { name, up } = placeOf(port, around, lease !== undefined);
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
    reserved: addressOf(port, around.network),
    owner: around.ownerName,
    uid: port.owner,
    state: up ? "up" : "down",
    leased: lease?.granted ?? null,
  };
}

/** The interface that a port's machine is behind, and whether it is plugged in. */
function placeOf(port: Port, { links, learned, network }: PortSurroundings, hasLease: boolean) {
  const { joins } = providerTraits[port.kind];
  if (joins === "tap") return { name: port.interface, up: links.get(port.interface)?.carrier === true };
  // A hypervisor that hooks the switch shows nothing of its machines there: a lease that runs is all that tells.
  if (joins === "hook") return { name: network.switch, up: hasLease };
  const place = links.get(learned.get(port.mac) ?? port.interface);
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
