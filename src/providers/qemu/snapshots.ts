import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fullTold } from "../../images/import/bytes.ts";
import { mustRun } from "../../host/command.ts";
import { machineFolder } from "../folders.ts";
import { copiedSnapshots } from "../snapshots.ts";

/** A disk on a slow computer. */
const copyPatience = 1_800_000;

/**
 * All that a guest writes: disks, and what its firmware remembers. A raw disk has no snapshots of its own, and a running
 * guest's would be as after a loss of power; a qcow2 over an image is copied as small as it is.
 */
export const qemuSnapshots = copiedSnapshots({
  async save({ name }, to) {
    const folder = machineFolder(name);
    for (const file of await diskFiles(folder)) await copy(join(folder, file), join(to, file));
  },

  async bring({ name }, from) {
    const folder = machineFolder(name);
    const files = await diskFiles(from);
    try {
      for (const file of files) await copy(join(from, file), join(folder, `${file}.new`));
      for (const file of files) await rename(join(folder, `${file}.new`), join(folder, file));
    } finally {
      for (const file of files) await rm(join(folder, `${file}.new`), { force: true });
    }
  },

  async remove(_, folder) {
    await rm(folder, { recursive: true, force: true });
  },
});

async function diskFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((one) => one.isFile() && !/\.(?:json|log|pid|sock|new)$|^known_hosts/.test(one.name))
    .map(({ name }) => name);
}

async function copy(from: string, to: string): Promise<void> {
  const words = ["--reflink=auto", "--sparse=always", "--preserve=mode", "--", from, to];
  await fullTold(to, () => mustRun(["cp", ...words], { timeout: copyPatience }));
}
