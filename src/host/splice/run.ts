import type { StepOf } from "../../plan/step.ts";
import { mustRun, run } from "../command.ts";
import { renderSplice } from "./render.ts";

/** Whatever is there of filters goes first: they have no names by which one could be changed. */
export async function splice(step: StepOf<"splice">): Promise<void> {
  await run(["tc", "qdisc", "delete", "dev", step.interface, "clsact"]);
  await mustRun(["tc", "-batch", "-"], { stdin: renderSplice(step) });
}
