import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Machine } from "../model/machine.ts";
import { isSnapshotName } from "../model/names.ts";
import { machineFolder } from "./folders.ts";
import type { Snapshot, Snapshots } from "./provider.ts";

/** Where snapshots lie that are copies of a machine's files. */
export const snapshotFolder = "snapshots";

/** How the files of a stopped machine are copied; the rest is the same for all. */
export type Copying = {
  /** From the machine's folder into an empty one. */
  readonly save: (machine: Machine, to: string) => Promise<void>;
  /** Back again; what the machine is now stays when this fails. */
  readonly bring: (machine: Machine, from: string) => Promise<void>;
  readonly remove: (machine: Machine, folder: string) => Promise<void>;
};

/** Snapshots for a hypervisor that has none of its own: copies beside the machine, which share their blocks where the file system can. */
export function copiedSnapshots({ save, bring, remove }: Copying): Snapshots {
  return {
    live: false,

    async list(machine) {
      const folder = join(machineFolder(machine.name), snapshotFolder);
      const names: string[] = await readdir(folder).catch(() => []);
      const found = await Promise.all(names.filter(isSnapshotName).map((name) => seen(folder, name)));
      return found.sort((one, other) => (one.taken < other.taken ? -1 : 1));
    },

    async take(machine, name) {
      const folder = join(machineFolder(machine.name), snapshotFolder);
      // Half of one is not in the list.
      const draft = join(folder, ".new");
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await remove(machine, draft);
      await mkdir(draft, { mode: 0o700 });
      try {
        await save(machine, draft);
        await rename(draft, join(folder, name));
      } catch (error) {
        await remove(machine, draft).catch(() => undefined);
        throw error;
      }
    },

    restore: (machine, name) => bring(machine, join(machineFolder(machine.name), snapshotFolder, name)),

    async drop(machine, name) {
      const folder = join(machineFolder(machine.name), snapshotFolder);
      const draft = join(folder, ".old");
      await remove(machine, draft);
      await rename(join(folder, name), draft);
      await remove(machine, draft);
      await rm(draft, { recursive: true, force: true });
    },
  };
}

async function seen(folder: string, name: string): Promise<Snapshot & { readonly taken: string }> {
  return { name, taken: (await stat(join(folder, name))).mtime.toISOString() };
}
