import type { Line } from "../model/line.ts";
import { providerTraits } from "../model/machine.ts";
import type { InterfaceName, Mac, PortId } from "../model/names.ts";
import type { Network } from "../model/network.ts";
import { pairOf } from "../model/pairs.ts";
import type { Port } from "../model/port.ts";
import { same } from "./compare.ts";
import type { Circumstances, Desired } from "./desired.ts";
import type { ObservedLink } from "./observed.ts";
import { namesTell } from "./owners.ts";
import type { PlannedStep, Step } from "./step.ts";

/*
 * A port's cable that is pulled, and a line that is not as usual. A tap is ours, and is told with all else of it
 * (ports.ts); here are interfaces that a hypervisor made, and what packet rules do for both.
 */

/** An interface that a hypervisor made, behind which is the machine of a port that is not as usual. */
export type DesiredCable = {
  readonly interface: InterfaceName;
  readonly port: PortId;
  readonly up: boolean;
  readonly line: Line | null;
};

/** What packet rules do for cables. */
export type CableRules = {
  /** Machines whose interface comes and goes: nothing of theirs passes, whatever they are behind. */
  readonly pulled: readonly Mac[];
  /** What comes from a machine at most, in bits per second; what goes to it is held by its line. */
  readonly limits: readonly { readonly interface: InterfaceName | null; readonly mac: Mac; readonly rate: number }[];
  /** What goes to machines that share a port with others, where the kernel has no line for one of them alone. */
  readonly shared?: readonly SharedLine[];
};
export type SharedLine = { readonly interface: InterfaceName; readonly mac: Mac } & Pick<Line, "loss" | "rate">;

type Around = Pick<Circumstances, "ports" | "links" | "places">;

export function desiredCables(networks: readonly Network[], around: Around): readonly DesiredCable[] {
  return around.ports.flatMap((port): DesiredCable[] => {
    const network = networks.find((one) => one.name === port.network);
    if (network === undefined || !makesOwn(port) || isUsual(port)) return [];
    const link = placeOf(port, network, around);
    if (link === undefined) return [];
    return [{ interface: link.name, port: port.id, up: port.pulled !== true, line: port.line ?? null }];
  });
}

/**
 * The interface that a container's port is behind: the one that says so, or where the switch saw its MAC. Only one of the
 * owner's own: a MAC can be claimed, and must not be a way to somebody else's cable.
 */
export function placeOf(
  port: Port,
  network: Network,
  { links, places = new Map() }: Pick<Around, "links" | "places">,
): ObservedLink | undefined {
  const said = links.find((link) => link.port === port.id && !link.marked);
  if (said !== undefined) return said;
  const link = links.find((one) => one.name === places.get(port.mac));
  if (link?.kind !== "veth" || link.marked || link.master !== network.switch) return undefined;
  return isOwners(link.name, port.owner) ? link : undefined;
}

function isOwners(name: InterfaceName, owner: number): boolean {
  if (namesTell(owner)) return name.startsWith(`veth${owner}_`);
  return owner === 0 && !/^veth\d+_/.test(name);
}

/** Null while every cable is as usual: the packet rules then say nothing of them. */
export function cableRules(networks: readonly Network[], ports: readonly Port[]): CableRules | null {
  const placed = ports.filter((port) => networks.some((one) => one.name === port.network));
  const pulled = placed.filter((port) => port.pulled === true && !isTap(port)).map(({ mac }) => mac);
  const shared = placed.flatMap((port) => sharedLine(port, networks));
  const limits = placed.flatMap((port) => {
    const { rate = 0 } = port.line ?? {};
    return rate === 0 ? [] : [{ interface: isTap(port) ? port.interface : null, mac: port.mac, rate }];
  });
  if (pulled.length === 0 && limits.length === 0 && shared.length === 0) return null;
  const byMac = (one: { readonly mac: Mac }, other: { readonly mac: Mac }) => (one.mac < other.mac ? -1 : 1);
  const lines = shared.length === 0 ? {} : { shared: shared.sort(byMac) };
  return { pulled: pulled.sort(), limits: limits.sort(byMac), ...lines };
}

function sharedLine(port: Port, networks: readonly Network[]): SharedLine[] {
  const network = networks.find((one) => one.name === port.network);
  const { loss = 0, rate = 0 } = port.line ?? {};
  if (network === undefined || !isHook(port) || loss + rate === 0) return [];
  return [{ interface: pairOf("vmware", network.switch).interface, mac: port.mac, loss, rate }];
}

export function planCables(desired: Desired, links: readonly ObservedLink[]): PlannedStep[] {
  const wanted = desired.cables.flatMap((cable) => {
    const link = links.find((one) => one.name === cable.interface);
    return link === undefined ? [] : [...adjustCable(cable, link), ...adjustLine(cable, link)];
  });
  const former = links.filter(
    (link) => link.port !== null && !link.marked && !desired.cables.some((one) => one.interface === link.name),
  );
  return [
    ...wanted,
    ...former.flatMap((link) => {
      const usual = { interface: link.name, port: null, up: true, line: null };
      return [...adjustLine(usual, link), ...adjustCable(usual, link)];
    }),
  ];
}

type Cable = Omit<DesiredCable, "port"> & { readonly port: PortId | null };

function adjustCable({ interface: name, port, up }: Cable, link: ObservedLink): PlannedStep[] {
  if (link.up === up && link.port === port) return [];
  const undo: Step = { kind: "set-cable", interface: name, port: link.port, up: link.up };
  const reason = link.up === up ? "differs" : up ? "down" : "pulled";
  return [{ step: { kind: "set-cable", interface: name, port, up }, reason, undo: [undo] }];
}

/** Of a tap's line too. */
export function adjustLine(
  { interface: name, line }: { readonly interface: InterfaceName; readonly line: Line | null },
  link: Pick<ObservedLink, "line">,
): PlannedStep[] {
  if (same(link.line, line)) return [];
  const undo: Step = { kind: "set-line", interface: name, line: link.line === "altered" ? null : link.line };
  const reason =
    link.line === "altered" ? "altered" : link.line === null ? "missing" : line === null ? "not-wanted" : "differs";
  return [{ step: { kind: "set-line", interface: name, line }, reason, undo: [undo] }];
}

function isUsual(port: Port): boolean {
  return port.pulled !== true && port.line === undefined;
}

function makesOwn({ kind }: Port): boolean {
  return providerTraits[kind].joins === "own-interface";
}

function isHook({ kind }: Port): boolean {
  return providerTraits[kind].joins === "hook";
}

function isTap({ kind }: Port): boolean {
  return providerTraits[kind].joins === "tap";
}
