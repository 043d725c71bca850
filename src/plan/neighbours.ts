import type { Desired } from "./desired.ts";
import type { Neighbour, Observed } from "./observed.ts";
import type { PlannedStep, Step } from "./step.ts";

/** Others' firewalls let our machines' packets pass while a switch is up, and are left as they were when none is. */
export function planNeighbours(desired: Desired, observed: Observed): PlannedStep[] {
  if (!observed.neighbours.known) return [];
  const needed = desired.switches.some((one) => one.up);
  return observed.neighbours.value.flatMap((neighbour): PlannedStep[] => {
    // A step that cannot be done would take all others back with it.
    if (neighbour.by === null || neighbour.closed || neighbour.passes === needed) return [];
    const [open, close] = [step("let-pass", neighbour), step("stop-passing", neighbour)];
    return needed
      ? [{ step: open, reason: "missing", undo: [close] }]
      : [{ step: close, reason: "not-wanted", undo: [open] }];
  });
}

function step(kind: "let-pass" | "stop-passing", { family, table, chain, hook }: Neighbour): Step {
  return { kind, family, table, chain, hook };
}
