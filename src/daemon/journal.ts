import { printable } from "../model/names.ts";
import type { Caller } from "../model/policy.ts";
import type { Plan } from "../plan/step.ts";
import { subjectOf } from "../plan/step.ts";
import { sendToJournal } from "../runtime/libc.ts";

/** Priorities of syslog(3). */
const priorities = { error: 3, warning: 4, notice: 5 } as const;
type Priority = keyof typeof priorities;

/**
 * What an administrator may want to find, or be told of, whatever its sentence is: `MESSAGE_ID` of
 * systemd.journal-fields(7). An id stays with its meaning for ever; docs/en/administration.md lists them.
 */
const messageIds = {
  step: "ad9a9866356f4bbba81abffda5f672b9",
  change: "64dd29e5879948faba09caeb084ece65",
  refusal: "3caa74dae4ac4b92b3177e379ed7c4e5",
  "trial-undone": "9c421789d3454ba291db7aaf9b7749a1",
  "repairs-paused": "209e5274634f4ea0bace8c66740cac80",
  "document-unusable": "e67583512b1a42db95f5a13cfbcc5ff8",
} as const;

/** A line with a meaning of its own, and the values in it. */
export type Event = {
  readonly id: keyof typeof messageIds;
  /** Names in capitals, without the prefix that is ours. */
  readonly fields: Readonly<Record<string, string>>;
};

/**
 * A line for systemd's journal: with its fields where standard error is the journal's (systemd.exec(5), JOURNAL_STREAM),
 * else as a line with its priority in front (sd-daemon(3)), which loses the fields alone.
 */
export function log(priority: Priority, text: string, event: Event | null = null): void {
  const line = text.replaceAll("\n", " ");
  if (event !== null && process.env["JOURNAL_STREAM"] !== undefined && sendToJournal(entry(priority, line, event)))
    return;
  process.stderr.write(`<${priorities[priority]}>${line}\n`);
}

function entry(priority: Priority, line: string, { id, fields }: Event): Readonly<Record<string, string>> {
  const own = Object.entries(fields).map(([name, value]) => [`TARR_STEPS_${name}`, value] as const);
  return {
    MESSAGE: line,
    PRIORITY: String(priorities[priority]),
    MESSAGE_ID: messageIds[id],
    SYSLOG_IDENTIFIER: "tarr-stepsd",
    ...Object.fromEntries(own),
  };
}

export function logPlan(plan: Plan): void {
  for (const { step, reason } of plan.steps) {
    const subject = subjectOf(step);
    const fields = { STEP: step.kind, SUBJECT: subject, REASON: reason };
    log("notice", `step ${step.kind} ${subject}: ${reason}`, { id: "step", fields });
  }
}

/** Who changed or was refused what: one line each, with the uid that the kernel gave. */
export function audit(caller: Caller, what: string, outcome: string): void {
  const user = printable(caller.name);
  const fields = { UID: String(caller.uid), USER: user, REQUEST: what, OUTCOME: outcome };
  const id = outcome === "refused" ? "refusal" : "change";
  log("notice", `uid=${caller.uid} user=${user} ${what}: ${outcome}`, { id, fields });
}
