import { TarrError } from "../../error.ts";
import { parseSnapshotName, printable } from "../../model/names.ts";
import { loadProvider, requireOff, stateOf } from "../../providers/registry.ts";
import type { Context, Run } from "../command.ts";
import { dateWords } from "../render/date.ts";
import { table } from "../render/table.ts";
import { unlessUnreachable } from "../rights.ts";
import { refuseOverDisk } from "../sizes.ts";
import { shownAs } from "../own-machines.ts";
import { findOwn } from "../target.ts";

export const list: Run = async (context) => {
  const machine = await findOwn(context.argument("name"), "snapshots");
  const { features } = await loadProvider(machine.provider);
  const snapshots = await features.snapshots.list(machine);
  if (context.json) context.print(JSON.stringify({ machine: machine.name, snapshots }));
  else if (snapshots.length === 0) context.print(context.say("no-snapshots", { name: await shownAs(machine.name) }));
  else
    for (const line of table(snapshots.map((one) => [printable(one.name), dateWords(one.taken, context.language)])))
      context.print(line);
  return 0;
};

/** Takes one, or forgets one with `--delete`. */
export const snapshot: Run = async (context) => {
  const machine = await findOwn(context.argument("name"), "snapshot");
  const { name } = machine;
  const { snapshots } = (await loadProvider(machine.provider)).features;
  const known = (await snapshots.list(machine)).map((one) => one.name);
  if (context.flag("delete")) {
    const wanted = chosen(context, known, "snapshot-which-delete");
    await snapshots.drop(machine, wanted);
    context.note(context.say("snapshot-deleted", { name: await shownAs(name), snapshot: printable(wanted) }));
    if (context.json) context.print(JSON.stringify({ machine: name, deleted: wanted }));
    return 0;
  }
  const wanted = parseSnapshotName(context.argument("snapshot") || freeName(known));
  if (known.includes(wanted)) throw new TarrError("snapshot-exists", { name, snapshot: wanted });
  if (!snapshots.live && (await stateOf(machine)) !== "stopped") {
    throw new TarrError("snapshot-running", { name, provider: machine.provider });
  }
  await context.call("GetQuotas", {}).then(refuseOverDisk).catch(unlessUnreachable);
  await snapshots.take(machine, wanted);
  context.note(context.say("snapshot-taken", { name: await shownAs(name), snapshot: wanted }));
  if (context.json) context.print(JSON.stringify({ machine: name, snapshot: wanted }));
  return 0;
};

export const restore: Run = async (context) => {
  const machine = await findOwn(context.argument("name"), "restore");
  const { name } = machine;
  const { snapshots } = (await loadProvider(machine.provider)).features;
  const known = (await snapshots.list(machine)).map((one) => one.name);
  const wanted = chosen(context, known, "snapshot-which");
  await requireOff(machine);
  await snapshots.restore(machine, wanted);
  context.note(context.say("snapshot-restored", { name: await shownAs(name), snapshot: printable(wanted) }));
  if (context.json) context.print(JSON.stringify({ machine: name, restored: wanted }));
  return 0;
};

/** The one that is said; without a word the only one. What is there now is lost: nothing is guessed. */
function chosen(context: Context, known: readonly string[], which: "snapshot-which" | "snapshot-which-delete"): string {
  const [name, said] = [printable(context.argument("name")), context.argument("snapshot")];
  const [only] = known;
  if (said === "" && known.length > 1) throw new TarrError(which, { name, known: known.join(", ") });
  if (only === undefined) throw new TarrError("snapshot-none", { name });
  const wanted = said === "" ? only : known.find((one) => one === said);
  if (wanted === undefined) throw new TarrError("snapshot-unknown", { name, snapshot: printable(said) });
  return wanted;
}

function freeName(known: readonly string[]): string {
  let number = 1;
  while (known.includes(`snapshot-${number}`)) number += 1;
  return `snapshot-${number}`;
}
