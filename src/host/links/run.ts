import type { TarrError } from "../../error.ts";
import type { Argv } from "../command.ts";
import { commandFailure, run } from "../command.ts";
import type { LinkStep } from "./render.ts";
import { renderLinkStep } from "./render.ts";

/** How far a row of steps came. */
export type RunOutcome =
  | { readonly done: number; readonly failure: null }
  | {
      readonly done: number;
      readonly failure: TarrError;
      /**
       * Whether the failed step may have come half way, and is to be taken back too. Not when something stood in its
       * way: what others made since we looked is not ours to take back.
       */
      readonly begun: boolean;
    };

/**
 * Runs steps as one `ip -batch`: one program for all of them, in one go under the kernel's RTNL lock's usual pace. A
 * batch is no transaction: what stands before the failed line stays, and is told by `done`.
 */
export async function runLinkSteps(steps: readonly LinkStep[]): Promise<RunOutcome> {
  const lines = steps.flatMap((step, index) => renderLinkStep(step).map((line) => ({ line, index })));
  const argv: Argv = ["ip", "-batch", "-"];
  const result = await run(argv, { stdin: lines.map(({ line }) => `${line}\n`).join("") });
  if (result.code === 0) return { done: steps.length, failure: null };
  const failedLine = Number(/Command failed -:(\d+)/.exec(result.stderr)?.[1] ?? 1);
  const failed = lines[failedLine - 1];
  const stderr = result.stderr.replace(/^Command failed -:\d+$/m, "");
  const failure = commandFailure(["ip", failed?.line ?? "-batch"], { ...result, stderr });
  return { done: failed?.index ?? 0, failure, begun: !/File exists|resource busy/.test(stderr) };
}
