import { TarrError } from "../../error.ts";
import { printable } from "../../model/names.ts";
import type { Snapshots } from "../provider.ts";
import { snapshotArgs, snapshotListArgs } from "./argv.ts";
import { parseSnapshots } from "./parse.ts";
import { ask, manage } from "./vboxmanage.ts";

/** VirtualBox's own; a running machine's memory is in them too. */
export function virtualboxSnapshots(find: (name: string) => Promise<{ readonly uuid: string }>): Snapshots {
  const listed = async (uuid: string) => parseSnapshots((await ask(snapshotListArgs(uuid))).stdout);
  /** By its UUID: names are free text there, and two may be the same. */
  const on = async (command: "restore" | "delete", machine: string, name: string) => {
    const { uuid } = await find(machine);
    const one = (await listed(uuid)).find((snapshot) => snapshot.name === name);
    if (one === undefined) throw new TarrError("snapshot-unknown", { name: machine, snapshot: printable(name) });
    await manage(snapshotArgs(uuid, command, one.uuid));
  };
  return {
    live: true,
    list: async ({ name }) => (await listed((await find(name)).uuid)).map((one) => ({ name: one.name, taken: null })),
    async take({ name }, snapshot) {
      const { uuid } = await find(name);
      await manage(snapshotArgs(uuid, "take", snapshot));
    },
    restore: ({ name }, snapshot) => on("restore", name, snapshot),
    drop: ({ name }, snapshot) => on("delete", name, snapshot),
  };
}
