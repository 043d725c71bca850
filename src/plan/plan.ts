import type { InterfaceName } from "../model/names.ts";
import { planCables } from "./cables.ts";
import type { Desired } from "./desired.ts";
import { planForwarding } from "./forwarding.ts";
import { planLan } from "./lan.ts";
import { planNames } from "./names-service.ts";
import { planNeighbours } from "./neighbours.ts";
import type { Observed, Owned } from "./observed.ts";
import { planPorts, planReturns } from "./ports.ts";
import { planRules } from "./rules.ts";
import type { Plan, PlannedStep, Step } from "./step.ts";
import { planJoining, planParting, planSplices, planUnsplicing } from "./splices.ts";
import { planSwitches } from "./switches.ts";
import { TarrError } from "../error.ts";

/**
 * What must change so that the host is as desired: pure, sorted, each step with its reason and its undo. Empty when
 * nothing differs, which is also how a run is verified.
 *
 * @throws TarrError `object-foreign` when something that we did not make has a name of ours; `observe-failed` when the
 * interfaces or the routes could not be seen, since everything builds on them
 */
export function makePlan(desired: Desired, observed: Observed, owned: Owned): Plan {
  if (!observed.links.known) throw new TarrError("observe-failed", { what: "links", reason: observed.links.reason });
  // They say what the uplink is, and with it whose forwarding is whose and how large a packet may be.
  if (!observed.routes.known) throw new TarrError("observe-failed", { what: "routes", reason: observed.routes.reason });
  const links = observed.links.value;
  const ports = planPorts(desired, links, owned);
  const lan = planLan(desired, observed);
  return {
    steps: [
      ...planParting(desired, observed),
      ...lan.ended,
      ...planSwitches(desired, links, owned),
      ...ports.wanted,
      ...planReturns(desired, links, owned),
      ...planCables(desired, links),
      ...planSplices(desired, observed, owned),
      ...planForwarding(desired, observed, owned),
      ...lan.begun,
      ...planRules(desired, observed, deletedBy(ports.wanted)),
      ...planNeighbours(desired, observed),
      ...planNames(desired, observed),
      ...planJoining(desired, observed),
      ...planUnsplicing(desired, observed, owned),
      ...ports.leftovers,
    ],
  };
}

function deletedBy(steps: readonly PlannedStep[]): ReadonlySet<InterfaceName> {
  return new Set(steps.flatMap(({ step }) => (step.kind === "delete-interface" ? [step.interface] : [])));
}

/** The steps that take the host back, last change first. */
export function undoOf(done: readonly PlannedStep[]): readonly Step[] {
  return [...done].reverse().flatMap((planned) => planned.undo);
}

export function isEmpty(plan: Plan): boolean {
  return plan.steps.length === 0;
}
