import type { WireStep } from "../../api/types.ts";
import { sayCode } from "../../messages/messages.ts";
import type { Context, Run } from "../command.ts";
import { table } from "../render/table.ts";
import { clashLines } from "../render/status.ts";

export const plan: Run = async (context) => {
  const [{ steps, pending }, { networks }] = await Promise.all([
    context.call("GetPlan", {}),
    context.call("GetStatus", {}),
  ]);
  const clashes = networks.flatMap(({ name, clash }) => (clash === null ? [] : [{ network: name, ...clash }]));
  if (context.json) context.print(JSON.stringify({ steps, pending, clashes }));
  else {
    printSteps(steps, context);
    // What cannot be planned: a network is moved by who uses it, at a time that suits them.
    for (const network of networks) for (const line of clashLines(network, context)) context.print(line);
  }
  return context.flag("check") && steps.length > 0 ? 2 : 0;
};

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
