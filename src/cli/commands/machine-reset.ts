import { TarrError } from "../../error.ts";
import { readImageRecord } from "../../images/record.ts";
import type { Machine } from "../../model/machine.ts";
import { imageFolder } from "../../providers/folders.ts";
import type { Provider } from "../../providers/provider.ts";
import { loadProvider, stateOf } from "../../providers/registry.ts";
import { rebuild } from "../build.ts";
import type { Run } from "../command.ts";
import { viewOf } from "../machines.ts";
import { shownAs } from "../own-machines.ts";
import { findOwn, findTarget, nativeName } from "../target.ts";
import { whole } from "../whole.ts";
import { refuseRoot, startAndWait } from "./machine.ts";

/**
 * A machine as it was when it was made: name, image and ports stay, its disk is a new one. One that runs is ended at once,
 * and started again: what is on its disk is given up anyway.
 */
export const reset: Run = async (context) => {
  refuseRoot();
  const machine = await findOwn(context.argument("name"), "reset");
  const name = await shownAs(machine.name);
  const provider = await loadProvider(machine.provider);
  await refuseHalf(machine, provider);
  const state = await stateOf(machine);
  if (state !== "stopped") {
    context.note(context.say("machine-stopping", { name }));
    await provider.stop(machine, true);
  }
  await whole(() => rebuild(machine, provider));
  context.note(context.say("machine-reset", { name }));
  if (state === "running") await startAndWait(machine, context);
  if (context.json) {
    const target = { kind: "own", name, machine } as const;
    context.print(JSON.stringify({ machine: await viewOf(await findTarget(nativeName(target)), context.call) }));
  }
  return 0;
};

/** Before anything is taken away: what would keep the machine from being made again, and what nobody gives up without a word. */
async function refuseHalf(machine: Machine, provider: Provider): Promise<void> {
  const available = await provider.available();
  if (!available.usable) throw available.error;
  await readImageRecord(imageFolder(machine.image));
  const [first, ...others] = await provider.features.snapshots.list(machine);
  if (first === undefined) return;
  const names = [first, ...others].map((one) => one.name).join(", ");
  throw new TarrError("reset-snapshots", { name: machine.name, names, first: first.name });
}
