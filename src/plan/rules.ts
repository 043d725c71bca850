import type { InterfaceName } from "../model/names.ts";
import { same } from "./compare.ts";
import type { Desired, RuleSet } from "./desired.ts";
import type { Observed } from "./observed.ts";
import type { PlannedStep } from "./step.ts";

/** While it is not known who forwards, what is closed stays so. */
function asFarAsKnown(rules: RuleSet, { forwarding, rules: is }: Observed): RuleSet {
  if (forwarding.known || !is.known || is.value === null || is.value === "altered") return rules;
  return { ...rules, closed: is.value.closed };
}

/**
 * Our packet rules are one table, set whole or not at all: there is no moment with half of them.
 *
 * @param parted ends of pairs that the same plan takes away
 */
export function planRules(desired: Desired, observed: Observed, parted: ReadonlySet<InterfaceName>): PlannedStep[] {
  if (!observed.rules.known) return [];
  // They name interfaces that are only made when it is known what there is of them.
  if (!observed.splices.known && desired.rules.splices.length > 0) return [];
  const is = observed.rules.value;
  const wanted = desired.rules.networks.length === 0 ? null : asFarAsKnown(desired.rules, observed);
  // A rule that is bound to an interface goes with it, and is not there when that is made again.
  const isLost = desired.rules.vmware?.some((one) => parted.has(one.interface) || parted.has(one.peer)) ?? false;
  if (is !== "altered" && !isLost && same(is, wanted)) return [];
  return [
    {
      step: { kind: "set-rules", rules: wanted },
      reason: is === "altered" ? "altered" : is === null ? "missing" : wanted === null ? "not-wanted" : "differs",
      // What others put into our table cannot be had back: the undo of a repair is none.
      undo: is === "altered" ? [] : [{ kind: "set-rules", rules: is }],
    },
  ];
}
