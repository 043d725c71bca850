import type { WireMove, WireStep } from "../../api/types.ts";
import { sayCode } from "../../messages/messages.ts";
import type { Context, Run } from "../command.ts";
import { table } from "../render/table.ts";
import { clashLines } from "../render/status.ts";

export const plan: Run = async (context) => {
  const [{ steps, pending, moved }, { networks }] = await Promise.all([
    context.call("GetPlan", {}),
    context.call("GetStatus", {}),
  ]);
  const clashes = networks.flatMap(({ name, clash }) => (clash === null ? [] : [{ network: name, ...clash }]));
  if (context.json) context.print(JSON.stringify({ steps, pending, moved, clashes }));
  else {
    printSteps(steps, context);
    printMoves(moved, context);
    // What cannot be planned: a network is moved by who uses it, at a time that suits them.
    for (const network of networks) for (const line of clashLines(network, context)) context.print(line);
  }
  return context.flag("check") && steps.length > 0 ? 2 : 0;
};

const mostMoves = 20;

/** Machines that get another address: their users look for them at the old one. */
export function printMoves(moved: readonly WireMove[], context: Context): void {
  if (moved.length === 0) return;
  context.print(context.say("moved", { count: String(moved.length) }));
  const rows = moved
    .slice(0, mostMoves)
    .map(({ name, network, before, after }) => ["", name, network, `${before} → ${after}`]);
  for (const line of table(rows)) context.print(line);
  if (moved.length > mostMoves) context.print(`  … +${moved.length - mostMoves}`);
  context.print(context.say("moved-when"));
}

export function printSteps(steps: readonly WireStep[], context: Context): void {
  if (steps.length === 0) {
    context.print(context.say("plan-empty"));
    return;
  }
  const rows = steps.map((step, index) => [
    String(index + 1),
    sayCode(context.language, `step-${step.kind}`),
    step.subject,
    step.detail,
    `(${sayCode(context.language, `reason-${step.reason}`)})`,
  ]);
  for (const line of table(rows)) context.print(line);
}
