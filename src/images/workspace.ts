import { existsSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { exchangePaths } from "../runtime/libc.ts";
import { dieOf, onEnding } from "../runtime/signals.ts";

/**
 * Runs `build` in a directory of its own beside `directory` (so that a rename moves the result into place) and
 * removes it whatever happens: a build that fails or is interrupted leaves nothing.
 */
export async function inWorkspace<T>(directory: string, build: (workspace: string) => Promise<T>): Promise<T> {
  const parent = dirname(resolve(directory));
  const prefix = `.${basename(directory)}.build-`;
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent, prefix);
  // The process id in the name tells the next build whether this one still runs.
  const workspace = await mkdtemp(join(parent, `${prefix}${process.pid}-`));
  const stopListening = onEnding((signal) => {
    try {
      rmSync(workspace, { recursive: true, force: true });
    } catch {
      // Files of others, to the kernel, while a program of ours still removes them: the next build sweeps what is left.
    }
    stopListening();
    dieOf(signal);
  });
  try {
    return await build(workspace);
  } finally {
    stopListening();
    await rm(workspace, { recursive: true, force: true });
  }
}

/** A build that was killed (SIGKILL, power) could not clean up after itself. */
async function removeAbandoned(parent: string, prefix: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue;
    const pid = name.slice(prefix.length).split("-")[0] ?? "";
    if (!existsSync(`/proc/${pid}`)) await rm(join(parent, name), { recursive: true, force: true });
  }
}

/**
 * Puts `built` in the place of `directory` in one step, so that a machine that starts meanwhile never sees half of an
 * image. What was there before is then at `built`, for the workspace to remove.
 */
export async function replaceDirectory(built: string, directory: string): Promise<void> {
  // A second build may come between two of these steps; each round starts from what is there then.
  for (let round = 0; round < 10; round += 1) {
    if (exchangePaths(built, directory) || (await moved(built, directory))) return;
    // Only where the file system cannot exchange (NFS): for a moment there is no image.
    await moved(directory, `${built}.old-${round}`);
  }
  await rename(built, directory);
}

/** False when there is something at `to` already, or nothing at `from`. */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOENT") return false;
    throw error;
  }
}
