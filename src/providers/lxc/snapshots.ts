import { rename } from "node:fs/promises";
import { join } from "node:path";
import type { Argv } from "../../host/command.ts";
import { fullTold } from "../../images/import/bytes.ts";
import type { Machine } from "../../model/machine.ts";
import { copiedSnapshots } from "../snapshots.ts";
import { files } from "./files.ts";
import { ownFiles, runInside } from "./layers.ts";

/** @param mapOf who is who in a machine: files of its other users are copied and removed by its root */
export function lxcSnapshots(mapOf: (machine: Machine) => Promise<readonly string[]>) {
  const inside = async (machine: Machine, argv: Argv) => runInside(await mapOf(machine), argv);
  const copy = (machine: Machine, from: string, to: string) =>
    fullTold(to, () => inside(machine, ["cp", "--archive", "--reflink=auto", "--one-file-system", "--", from, to]));
  const remove = (machine: Machine, folder: string) =>
    inside(machine, ["rm", "-rf", "--one-file-system", "--", folder]);

  return copiedSnapshots({
    save: async (machine, to) => copy(machine, await ownFiles(machine), join(to, files.root)),

    async bring(machine, from) {
      const root = await ownFiles(machine);
      const [fresh, former] = [`${root}.new`, `${root}.old`];
      await remove(machine, fresh);
      await remove(machine, former);
      try {
        await copy(machine, join(from, files.root), fresh);
      } catch (error) {
        await remove(machine, fresh).catch(() => undefined);
        throw error;
      }
      await rename(root, former);
      await rename(fresh, root);
      await remove(machine, former);
    },

    remove,
  });
}
