import type { InterfaceName } from "../model/names.ts";
import { isPairOf } from "../model/pairs.ts";
import { adjustLine } from "./cables.ts";
import type { Desired, DesiredPort } from "./desired.ts";
import { prototypeTap } from "./desired.ts";
import type { ObservedLink, Owned } from "./observed.ts";
import type { PlannedStep, Step } from "./step.ts";
import { adjustMark, adjustMtu, adjustUp, isOurs, refuseForeign } from "./switches.ts";

/** `wanted` makes and mends ports; `leftovers` removes what nobody wants any more: last, when all else works. */
type PortSteps = { wanted: PlannedStep[]; leftovers: PlannedStep[] };

export function planPorts(desired: Desired, links: readonly ObservedLink[], owned: Owned): PortSteps {
  const byName = new Map(links.map((link) => [link.name, link]));
  const wanted = desired.ports.flatMap((port) => planPort(port, byName, owned));
  const leftovers = planLeftovers(desired, links, owned);
  // The other end of a pair that is taken away may have been renamed, and look like one of these: it is gone by then.
  const partsPair = wanted.some(({ step }) => isVeth(step, byName));
  return { wanted, leftovers: leftovers.filter(({ step }) => !partsPair || !isVeth(step, byName)) };
}

function isVeth(step: Step, links: ReadonlyMap<InterfaceName, ObservedLink>): boolean {
  return step.kind === "delete-interface" && links.get(step.interface)?.kind === "veth";
}

function planPort(port: DesiredPort, links: ReadonlyMap<InterfaceName, ObservedLink>, owned: Owned): PlannedStep[] {
  const link = links.get(port.interface);
  // tap0 is a convenience, and a name that VPN programs like too: somebody else's stays theirs, and the doctor tells.
  if (port.interface === prototypeTap && link !== undefined && !isOurs(link, owned)) return [];
  refuseForeign(link, owned);
  if (port.kind !== "tap") {
    const peer = links.get(port.peer);
    refuseForeign(link === undefined ? peer : undefined, owned);
    // One end was renamed, or is in another namespace by now: what is left of the pair carries nothing.
    const half = link === undefined ? peer : peer === undefined ? link : undefined;
    if (half !== undefined) return [deletion(half, "differs"), ...createPort(port)];
  }
  if (link === undefined) return createPort(port);
  if (port.kind === "tap" && isAnothers(link, port.owner)) return [deletion(link, "differs"), ...createPort(port)];
  return adjustPort(port, link, links);
}

/** A tap that its owner could not open is made anew; but never one that is open (it has a carrier): a guest is on it. */
function isAnothers(link: ObservedLink, owner: number | null): boolean {
  return link.tapOwner !== owner && !link.carrier;
}

function createPort(port: DesiredPort): PlannedStep[] {
  const name = port.interface;
  const steps: PlannedStep[] = [
    { step: creation(port), reason: "missing", undo: [{ kind: "delete-interface", interface: name }] },
    ...mtusOf(port).map(({ interface: end, mtu }): PlannedStep => {
      return { step: { kind: "set-mtu", interface: end, mtu }, reason: "missing", undo: [] };
    }),
  ];
  steps.push({ step: plug(port), reason: "missing", undo: [] });
  if (port.kind === "tap") steps.push(...adjustLine(port, { line: null }));
  if (isPulled(port)) return steps;
  return [...steps, { step: { kind: "set-up", interface: name, up: true }, reason: "missing", undo: [] }];
}

function creation(port: DesiredPort): Step {
  const { kind, interface: name } = port;
  if (kind === "tap") return { kind: "create-tap", interface: name, owner: port.owner };
  return { kind: kind === "carrier" ? "create-carrier" : "create-vmware-port", interface: name, peer: port.peer };
}

/** Nothing passes a carrier's port, whatever its MTU. A veth takes no longer frame than its far end does. */
function mtusOf(port: DesiredPort): readonly { readonly interface: InterfaceName; readonly mtu: number }[] {
  if (port.kind === "carrier") return [];
  const { interface: name, mtu } = port;
  return port.kind === "tap" ? [{ interface: name, mtu }] : [name, port.peer].map((end) => ({ interface: end, mtu }));
}

function isPulled(port: DesiredPort): boolean {
  return port.kind === "tap" && !port.up;
}

/** A tap that is down takes no frame and gives none; the program that holds it open goes on. */
function adjustCable(port: DesiredPort, link: ObservedLink): PlannedStep[] {
  const steps = adjustUp(port.interface, !isPulled(port), link.up);
  return isPulled(port) ? steps.map((planned) => ({ ...planned, reason: "pulled" })) : steps;
}

function plug(port: DesiredPort): Step {
  return { kind: "plug", interface: port.interface, on: port.on, carrier: port.kind === "carrier" };
}

function adjustPort(
  port: DesiredPort,
  link: ObservedLink,
  links: ReadonlyMap<InterfaceName, ObservedLink>,
): PlannedStep[] {
  const name = port.interface;
  const steps: PlannedStep[] = [...adjustMark(link)];
  for (const { interface: end, mtu } of mtusOf(port)) steps.push(...adjustMtu(end, mtu, links.get(end)?.mtu ?? mtu));
  if (link.master !== port.on) {
    const back: Step =
      link.master === null
        ? { kind: "unplug", interface: name }
        : { kind: "plug", interface: name, on: link.master, carrier: false };
    steps.push({ step: plug(port), reason: link.master === null ? "unplugged" : "elsewhere", undo: [back] });
  }
  if (port.kind === "tap") steps.push(...adjustLine(port, link));
  steps.push(...adjustCable(port, link));
  if (port.kind !== "tap") steps.push(...adjustPeer(port.peer, links.get(port.peer)));
  return steps;
}

/** The host does not speak by it: it would answer for its addresses with a MAC of its own. */
function adjustPeer(name: InterfaceName, peer: ObservedLink | undefined): PlannedStep[] {
  if (peer === undefined) return [];
  const silent: PlannedStep = {
    step: { kind: "set-arp", interface: name, on: false },
    reason: "differs",
    undo: [{ kind: "set-arp", interface: name, on: true }],
  };
  return [...adjustMark(peer), ...(peer.arp ? [silent] : []), ...adjustUp(name, true, peer.up)];
}

/**
 * Guests that a hypervisor plugged in itself (a container's veth) lose their place with a switch that is deleted. When
 * it is made again they get it back; one that left while the switch was there had its reasons.
 */
export function planReturns(desired: Desired, links: readonly ObservedLink[], owned: Owned): PlannedStep[] {
  const missing = desired.switches.filter((one) => !links.some((link) => link.name === one.interface));
  const lost = new Set(missing.map((one) => one.interface));
  return links.flatMap((link): PlannedStep[] => {
    const on = owned.joined.get(link.name);
    if (on === undefined || !lost.has(on) || link.master !== null || link.marked) return [];
    const step: Step = { kind: "plug", interface: link.name, on, carrier: false };
    return [{ step, reason: "unplugged", undo: [{ kind: "unplug", interface: link.name }] }];
  });
}

/** What hypervisors have put on our switches: to be known when a switch is lost with all that was on it. */
export function findJoined(
  links: readonly ObservedLink[],
  switches: ReadonlySet<InterfaceName>,
): ReadonlyMap<InterfaceName, InterfaceName> {
  // Only what is made for guests: a NIC of the host's that somebody bridged is theirs to bring back.
  const guests = links.filter((link) => !link.marked && (link.kind === "veth" || link.kind === "tun"));
  return new Map(
    guests.flatMap(({ name, master }) => (master !== null && switches.has(master) ? [[name, master] as const] : [])),
  );
}

/** Interfaces that carry our mark and that nothing wants: ports of deleted machines, switches of deleted networks. */
function planLeftovers(desired: Desired, links: readonly ObservedLink[], owned: Owned): PlannedStep[] {
  const wanted = new Set<InterfaceName>([
    ...desired.switches.map((one) => one.interface),
    ...desired.ports.flatMap((port) => (port.kind === "tap" ? [port.interface] : [port.interface, port.peer])),
  ]);
  // A switch's pair to a NIC has its own way to end (planUnsplicing).
  const leftovers = links.filter(
    (link) => isOurs(link, owned) && !wanted.has(link.name) && !isPairOf("uplink", link.name),
  );
  // A carrier's peer goes with its port; a switch goes last, when its ports are gone.
  const order = (link: ObservedLink) => (link.kind === "bridge" ? 1 : 0);
  return leftovers
    .filter((link) => !link.name.endsWith("-peer"))
    .sort((one, other) => order(one) - order(other) || (one.name < other.name ? -1 : 1))
    .map((link) => deletion(link, "not-wanted"));
}

function deletion(link: ObservedLink, reason: "not-wanted" | "differs"): PlannedStep {
  return { step: { kind: "delete-interface", interface: link.name }, reason, undo: restoration(link) };
}

function restoration(link: ObservedLink): Step[] {
  if (link.kind !== "tun") return [];
  const steps: Step[] = [{ kind: "create-tap", interface: link.name, owner: link.tapOwner }];
  steps.push({ kind: "set-mtu", interface: link.name, mtu: link.mtu });
  if (link.master !== null) steps.push({ kind: "plug", interface: link.name, on: link.master, carrier: false });
  if (link.line !== null && link.line !== "altered")
    steps.push({ kind: "set-line", interface: link.name, line: link.line });
  if (link.up) steps.push({ kind: "set-up", interface: link.name, up: true });
  return steps;
}
