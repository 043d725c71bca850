import type { InterfaceName } from "../model/names.ts";
import type { Desired } from "./desired.ts";
import type { Observed, Owned } from "./observed.ts";
import { observedLinks } from "./observed.ts";
import type { PlannedStep } from "./step.ts";

/**
 * IPv4 forwarding, one interface at a time: the global `ip_forward` would make a router of the host between all its
 * interfaces, and resets other settings when it is written. Switched off again only where we switched it on.
 */
export function planForwarding(desired: Desired, observed: Observed, owned: Owned): PlannedStep[] {
  if (!observed.forwarding.known) return [];
  const forwarding = observed.forwarding.value;
  const wanted = new Set(desired.forwarding);
  const on = desired.forwarding.filter((name) => !forwarding.has(name));
  const present = new Set(observedLinks(observed).map((link) => link.name));
  const off = [...owned.forwarding].filter((name) => !wanted.has(name) && forwarding.has(name) && present.has(name));
  return [
    ...on.map((name) => change(name, true, "missing")),
    ...off.sort().map((name) => change(name, false, "not-wanted")),
  ];
}

const everything: string = "all";

/**
 * Who forwards because somebody else wants it. With `net.ipv4.ip_forward` (the setting of "all") the host is a router, by
 * whoever set it: Docker, libvirt, an administrator.
 */
export function routersOf(
  observed: Pick<Observed, "forwarding">,
  owned: Pick<Owned, "forwarding">,
): ReadonlySet<InterfaceName> | "all" {
  if (!observed.forwarding.known) return new Set();
  const forwarding = [...observed.forwarding.value];
  if (forwarding.some((name) => name === everything)) return "all";
  return new Set(forwarding.filter((name) => !owned.forwarding.has(name)));
}

function change(name: InterfaceName, on: boolean, reason: "missing" | "not-wanted"): PlannedStep {
  return {
    step: { kind: "set-forwarding", interface: name, on },
    reason,
    undo: [{ kind: "set-forwarding", interface: name, on: !on }],
  };
}
