import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { TarrError } from "../../error.ts";
import type { Argv } from "../../host/command.ts";
import { exists } from "../../host/files.ts";
import { commandFailure } from "../../host/command.ts";
import type { DiskImage } from "../../images/record.ts";
import { ensureRoot } from "../../images/root.ts";
import type { Machine } from "../../model/machine.ts";
import { providerProblem } from "../absent.ts";
import { imageFolder, machineFolder } from "../folders.ts";
import { seedOf } from "../seed.ts";
import { runInSession } from "../session.ts";
import { files, layersProgram } from "./files.ts";
import type { IdMap } from "./ids.ts";
import { mapEntries } from "./ids.ts";

/** A root of hundreds of thousands of files. */
const patience = 1_800_000;
/** Debian's `nobody`, the greatest id that its files have. */
const greatestId = 65_534;

/** Runs a program as root of a container's ids: files of its other users are nobody else's to touch. */
export async function runInside(map: readonly string[], argv: Argv): Promise<void> {
  const words: Argv = ["lxc-usernsexec", ...map.flatMap((entry) => ["-m", entry]), "--", ...argv];
  const result = await runInSession(words, patience);
  if (result.code !== 0) throw commandFailure(argv, result);
}

/**
 * A machine of a whole system: a layer of its own over the image's files, which all machines of it share. Made in no time,
 * and as large as what is written.
 *
 * @throws TarrError `provider-problem` without enough ids, `image-kind`, `disk-full`
 */
export async function furnishLayers(machine: Machine, image: DiskImage, ids: IdMap): Promise<void> {
  if (ids.others === null || Math.min(ids.others.users.count, ids.others.groups.count) < greatestId) {
    throw providerProblem("lxc", "too-few-ids", { user: process.env["USER"] ?? "", image: image.name });
  }
  const folder = machineFolder(machine.name);
  const map = mapEntries(ids, ":");
  const root = await ensureRoot(imageFolder(machine.image), image, (argv) => runInside(map, argv));
  // Relative: a home may move.
  await symlink(relative(folder, root), join(folder, files.lower));
  for (const name of [files.root, files.upper, files.work]) await makeOpen(join(folder, name));
  await tryLayers(folder, map);
  if (image.firstBoot === "none") return;
  const place = join(folder, files.upper, places[image.firstBoot]);
  await makeBelow(join(folder, files.upper), places[image.firstBoot]);
  for (const [name, content] of await seedOf(machine, image))
    await writeFile(join(place, name), content, { mode: 0o600 });
}

/** What LXC runs at each start, once in a place where it does not matter: LXC would not say why it failed. */
async function tryLayers(folder: string, map: readonly string[]): Promise<void> {
  const config = `LXC_CONFIG_FILE=${join(folder, files.config)}`;
  await runInside(map, ["unshare", "--mount", "env", config, layersProgram]).catch((error: unknown) => {
    const said = error instanceof TarrError ? (error.values["said"] ?? "") : "";
    const reason = said.split("\n").find((line) => line.startsWith("mount:")) ?? said;
    throw providerProblem("lxc", "no-layers", { folder, said: reason.replace(/^mount: \S+: /, "") });
  });
}

/** Where each way of a first boot looks for what it is told, when there is no volume. */
const places = { "tarr-steps": "var/lib/tarr-steps/seed", "cloud-init": "var/lib/cloud/seed/nocloud" } as const;

async function makeBelow(folder: string, path: string): Promise<void> {
  const parts = path.split("/");
  for (const index of parts.keys()) await makeOpen(join(folder, ...parts.slice(0, index + 1)));
}

/** The upper layer's modes are those that count inside, where `/` and `/var` are everybody's to enter, whatever umask(2) is. */
async function makeOpen(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
}

/** The folder of what a machine has of its own: what a snapshot keeps. */
export async function ownFiles(machine: Machine): Promise<string> {
  const folder = machineFolder(machine.name);
  return join(folder, (await exists(join(folder, files.upper))) ? files.upper : files.root);
}
