/** The package, built in a folder of the test's own. */
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { mustRun } from "../../src/host/command.ts";

const patience = 20 * 60_000;
/** dpkg's programs, and a clock that can be set for one program: apt install faketime. */
const faketime = "faketime";

export type Built = { readonly folder: string; readonly deb: string; readonly changes: string };

/** When and how it is built: on another day, by somebody with another umask, language and zone. */
export type Circumstances = { readonly later: string; readonly umask: string; readonly env: Record<string, string> };

/** The files that git knows, as they are in the tree now: who edits on is in no test's way. */
export async function copyTree(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const files = (await mustRun(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])).split("\0");
  const there = files.filter((name) => name !== "");
  await mustRun(["cp", "--parents", "-t", folder, "--", ...there]);
}

/** The package of a tree, built in a copy of it. */
export async function buildPackage(tree: string, folder: string, { later, umask, env }: Circumstances): Promise<Built> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await mustRun(["cp", "-r", tree, folder]);
  await mkdir(join(folder, "build"));
  // A link would lead out of the tree by another way from each folder, and the pieces of the executable are named by the
  // ways to their sources.
  await mustRun(["cp", "-a", "node_modules", folder], { timeout: patience });
  await mustRun(["touch", join(folder, "build/.node_modules")]);
  const script = `umask ${umask}; exec ${faketime} -f "$1" ./run deb`;
  const said = await mustRun(["sh", "-euc", script, "sh", later], { cwd: folder, env, timeout: patience });
  const deb = join(folder, said.trim().split("\n").at(-1) ?? "");
  return { folder, deb, changes: deb.replace(/\.deb$/, ".changes") };
}
