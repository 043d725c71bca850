import { printable } from "../model/names.ts";
import type { Caller } from "../model/policy.ts";
import type { Plan } from "../plan/step.ts";
import { subjectOf } from "../plan/step.ts";

/** Lines for systemd's journal; the number in front is the priority (sd-daemon(3)). */
const priorities = { error: 3, warning: 4, notice: 5 } as const;

export function log(priority: keyof typeof priorities, text: string): void {
  process.stderr.write(`<${priorities[priority]}>${text.replaceAll("\n", " ")}\n`);
}

export function logPlan(plan: Plan): void {
  for (const { step, reason } of plan.steps) log("notice", `step ${step.kind} ${subjectOf(step)}: ${reason}`);
}

/** Who changed or was refused what: one line each, with the uid that the kernel gave. */
export function audit(caller: Caller, what: string, outcome: string): void {
  log("notice", `uid=${caller.uid} user=${printable(caller.name)} ${what}: ${outcome}`);
}
