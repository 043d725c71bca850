import { existsSync } from "node:fs";
import type { Argv } from "../host/command.ts";
import { mustRun } from "../host/command.ts";

/** A namespace in which the user is root, and their subordinate ids are everybody else. */
export const namespace: Argv = ["unshare", "--user", "--map-root-user", "--map-auto", "--mount", "--pid", "--fork"];

/** Hundreds of thousands of files. */
const patience = 600_000;

/** Removes folders whose files are others' to the kernel: what belongs to the user's subordinate ids. */
export async function removeOthers(paths: readonly string[]): Promise<void> {
  const there = paths.filter((path) => existsSync(path));
  if (there.length === 0) return;
  await mustRun([...namespace, "rm", "-rf", "--one-file-system", "--", ...there], { timeout: patience });
}
