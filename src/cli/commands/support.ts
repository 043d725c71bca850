import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { TarrError } from "../../error.ts";
import type { Run } from "../command.ts";
import { supportText } from "../support/collect.ts";

/** One file for a report of a bug: text, so that whoever sends it can read first what is in it. */
export const support: Run = async (context) => {
  const output = context.option("output");
  const path = resolve(output ?? usualName(new Date()));
  context.note(context.say("support-collecting"));
  const text = `${context.say("support-header")}\n\n${await supportText(context)}`;
  if (output === "-") {
    context.print(context.json ? JSON.stringify({ file: null, text }) : text.trimEnd());
    return 0;
  }
  try {
    // A file that is there is somebody's, and stays.
    await writeFile(path, text, { mode: 0o600, flag: "wx" });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TarrError("file-unwritable", { path, reason }, error);
  }
  context.print(context.json ? JSON.stringify({ file: path }) : context.say("support-written", { path }));
  return 0;
};

/** Sorted by time in a list of files. */
function usualName(now: Date): string {
  const stamp = now
    .toISOString()
    .replaceAll(/[-:]/g, "")
    .replace(/\.\d+Z$/, "Z");
  return `tarr-steps-support-${stamp}.txt`;
}
