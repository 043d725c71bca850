import { same } from "./compare.ts";
import type { Desired, NameService } from "./desired.ts";
import type { Observed, ObservedNameService } from "./observed.ts";
import type { PlannedStep, Step } from "./step.ts";

export function planNames(desired: Desired, observed: Observed): PlannedStep[] {
  if (!observed.names.known) return [];
  const running = observed.names.value;
  const wanted = new Set(desired.names.map((service) => service.network));
  const served = desired.names.flatMap((service) => planService(service, running.get(service.network)));
  const stopped = [...running]
    .filter(([network, is]) => !wanted.has(network) && is.running)
    .map(([network, is]): PlannedStep => ({
      step: { kind: "stop-names", network },
      reason: "not-wanted",
      undo: is.service === null ? [] : [{ kind: "serve-names", service: is.service }],
    }));
  return [...served, ...stopped];
}

function planService(wanted: NameService, is: ObservedNameService | undefined): PlannedStep[] {
  const before = is?.service ?? null;
  if (is === undefined || !is.running || before === null) {
    const reason = is === undefined ? "missing" : "not-running";
    const back: Step[] = is?.running === true ? [] : [{ kind: "stop-names", network: wanted.network }];
    return [{ step: { kind: "serve-names", service: wanted }, reason, undo: back }];
  }
  if (!same(withoutLeases(wanted), withoutLeases(before))) {
    const undo: Step[] = [{ kind: "serve-names", service: before }];
    return [{ step: { kind: "serve-names", service: wanted }, reason: "differs", undo }];
  }
  if (same(wanted.leases, before.leases)) return [];
  const undo: Step[] = [{ kind: "update-leases", service: before }];
  return [{ step: { kind: "update-leases", service: wanted }, reason: "differs", undo }];
}

/** What needs the service started anew; leases are handed to it while it runs. */
function withoutLeases(service: NameService): NameService {
  return { ...service, leases: [] };
}
