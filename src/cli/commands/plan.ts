import type { WireStep } from "../../api/types.ts";
import { sayCode } from "../../messages/messages.ts";
import type { Context, Run } from "../command.ts";
import { table } from "../render/table.ts";

export const plan: Run = async (context) => {
  const { steps, pending } = await context.call("GetPlan", {});
  if (context.json) context.print(JSON.stringify({ steps, pending }));
  else printSteps(steps, context);
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
