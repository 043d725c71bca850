import type { InterfaceName } from "../model/names.ts";
import { isPairOf } from "../model/pairs.ts";
import { same } from "./compare.ts";
import type { Desired } from "./desired.ts";
import type { Observed, ObservedLink, ObservedSplice, Owned } from "./observed.ts";
import { observedLinks } from "./observed.ts";
import type { DesiredSplice } from "./splice.ts";
import type { PlannedStep, Step } from "./step.ts";
import { adjustMark, adjustMtu, adjustUp, isOurs, refuseForeign } from "./switches.ts";

/*
 * A switch is joined to a LAN segment last of all, when the rules for what may pass are there and nobody serves addresses
 * on it any more; and it is parted from it first.
 */

/** What must no longer be joined, or not so. Also when nothing more is known: a switch that is parted harms nobody. */
export function planParting(desired: Desired, observed: Observed): PlannedStep[] {
  const current = observed.splices.known ? observed.splices.value : [];
  return observedLinks(observed).flatMap((link): PlannedStep[] => {
    if (!isPairOf("uplink", link.name) || !link.marked || link.master === null) return [];
    const wanted = desired.splices.find((one) => one.interface === link.name);
    const is = current.find((one) => one.interface === wanted?.peer);
    const stays = wanted !== undefined && wanted.switch === link.master && (is === undefined || isAs(wanted, is));
    if (stays) return [];
    const undo: Step[] = [{ kind: "plug", interface: link.name, on: link.master, carrier: false }];
    return [{ step: { kind: "unplug", interface: link.name }, reason: wanted ? "differs" : "not-wanted", undo }];
  });
}

/** All that a splice is made of, but for the switch's end: nothing passes yet. */
export function planSplices(desired: Desired, observed: Observed, owned: Owned): PlannedStep[] {
  const current = splicesOf(observed);
  if (current === null) return [];
  return desired.splices.flatMap((splice) => planSplice(splice, { links: observedLinks(observed), current, owned }));
}

type Around = {
  readonly links: readonly ObservedLink[];
  readonly current: readonly ObservedSplice[];
  readonly owned: Owned;
};

function planSplice(splice: DesiredSplice, { links, current, owned }: Around): PlannedStep[] {
  const find = (name: InterfaceName) => links.find((link) => link.name === name);
  const [near, far, nic] = [find(splice.interface), find(splice.peer), find(splice.nic)];
  refuseForeign(near, owned);
  refuseForeign(far, owned);
  const { interface: name, peer, mac, mtu } = splice;
  const steps: PlannedStep[] = [];
  if (near === undefined || far === undefined) {
    const undo: Step[] = [{ kind: "delete-interface", interface: name }];
    steps.push({ step: { kind: "create-uplink", interface: name, peer, mac }, reason: "missing", undo });
    for (const one of [name, peer]) {
      steps.push({ step: { kind: "set-mtu", interface: one, mtu }, reason: "missing", undo: [] });
    }
  } else {
    steps.push(...adjustMark(near), ...adjustMark(far));
    if (far.mac !== null && far.mac !== mac) {
      const undo: Step[] = [{ kind: "set-mac", interface: peer, mac: far.mac }];
      steps.push({ step: { kind: "set-mac", interface: peer, mac }, reason: "differs", undo });
    }
    steps.push(...adjustMtu(name, mtu, near.mtu), ...adjustMtu(peer, mtu, far.mtu), ...adjustUp(peer, true, far.up));
  }
  const is = current.find((one) => one.interface === peer);
  if (is === undefined || !isAs(splice, is)) {
    const undo: Step[] = is === undefined ? [] : [{ kind: "splice", ...is }];
    const step: Step = { kind: "splice", interface: peer, nic: splice.nic, mac };
    steps.push({ step, reason: is === undefined ? "missing" : "differs", undo });
  }
  if (nic?.promiscuous === false) steps.push(promiscuity(splice.nic, true, "missing"));
  return steps;
}

/** Machines' frames pass from here on. */
export function planJoining(desired: Desired, observed: Observed): PlannedStep[] {
  if (splicesOf(observed) === null) return [];
  const parted = new Set(
    planParting(desired, observed).flatMap(({ step }) => (step.kind === "unplug" ? [step.interface] : [])),
  );
  return desired.splices.flatMap(({ interface: name, switch: on }): PlannedStep[] => {
    const link = observedLinks(observed).find((one) => one.name === name);
    const steps: PlannedStep[] = [];
    if (link?.master !== on || parted.has(name)) {
      const undo: Step[] = [{ kind: "unplug", interface: name }];
      const reason = link === undefined ? "missing" : "unplugged";
      steps.push({ step: { kind: "plug", interface: name, on, carrier: false }, reason, undo });
    }
    return [...steps, ...adjustUp(name, true, link?.up ?? false)];
  });
}

/** What is left of a splice that nobody wants any more. */
export function planUnsplicing(desired: Desired, observed: Observed, owned: Owned): PlannedStep[] {
  const current = splicesOf(observed);
  if (current === null) return [];
  const links = observedLinks(observed);
  const nics = new Set(desired.splices.map((one) => one.nic));
  const wanted = new Set(desired.splices.map((one) => one.interface));
  const quieted = links.filter((link) => owned.promiscuous.has(link.name) && link.promiscuous && !nics.has(link.name));
  const pairs = links.filter(
    (link) =>
      isPairOf("uplink", link.name) && !link.name.endsWith("-peer") && isOurs(link, owned) && !wanted.has(link.name),
  );
  return [
    ...quieted.map((link) => promiscuity(link.name, false, "not-wanted")),
    ...pairs.map((link): PlannedStep => {
      const peer = links.find((one) => one.name === `${link.name}-peer`);
      const undo = peer === undefined ? [] : restoration(link, peer, current);
      return { step: { kind: "delete-interface", interface: link.name }, reason: "not-wanted", undo };
    }),
  ];
}

function restoration(link: ObservedLink, peer: ObservedLink, current: readonly ObservedSplice[]): Step[] {
  if (peer.mac === null) return [];
  const is = current.find((one) => one.interface === peer.name);
  return [
    { kind: "create-uplink", interface: link.name, peer: peer.name, mac: peer.mac },
    ...[link, peer].map(({ name, mtu }): Step => ({ kind: "set-mtu", interface: name, mtu })),
    ...(is === undefined ? [] : [{ kind: "splice", ...is } as const]),
    ...(link.up ? [{ kind: "set-up", interface: link.name, up: true } as const] : []),
  ];
}

function promiscuity(name: InterfaceName, on: boolean, reason: "missing" | "not-wanted"): PlannedStep {
  const step = (value: boolean): Step => ({ kind: "set-promiscuous", interface: name, on: value });
  return { step: step(on), reason, undo: [step(!on)] };
}

function isAs(wanted: DesiredSplice, is: ObservedSplice): boolean {
  return same([wanted.peer, wanted.nic, wanted.mac], [is.interface, is.nic, is.mac]);
}

/** Null when it is unknown, or what may pass is: then no switch is joined to a LAN, and nothing is taken away. */
function splicesOf({ splices, rules }: Observed): readonly ObservedSplice[] | null {
  return splices.known && rules.known ? splices.value : null;
}
