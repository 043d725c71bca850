import { TarrError } from "../../error.ts";
import { printable } from "../../model/names.ts";
import type { NativeControl, OwnTask } from "../provider.ts";
import { endsWithin, nativePatience } from "../native.ts";
import { shellWord } from "../../model/shell-word.ts";
import { listMachinesArgs, powerArgs, showArgs, startArgs } from "./argv.ts";
import { parseMachineList, parseSettings, saidIn, stateIn } from "./parse.ts";
import { ask, manage } from "./vboxmanage.ts";

/** Machines that the user made in VirtualBox's own window. */
export const virtualboxNative: NativeControl = {
  async start({ name, state }, { window }) {
    const uuid = await uuidOf(name);
    const args = state === "paused" ? powerArgs(uuid, "resume") : startArgs(uuid, window);
    const result = await ask(args);
    if (result.code === 0) return;
    const said = saidIn(`${result.stderr}\n${result.stdout}`);
    throw new TarrError("machine-native-failed", { name: printable(name), provider: "VirtualBox", said });
  },

  async stop({ name }, hard) {
    const uuid = await uuidOf(name);
    const hasEnded = async () => stateIn(parseSettings(await manage(showArgs(uuid)))) === "stopped";
    if (!hard) {
      await ask(powerArgs(uuid, "acpipowerbutton"));
      if (await endsWithin(nativePatience, hasEnded)) return;
    }
    await ask(powerArgs(uuid, "poweroff"));
    await endsWithin(nativePatience, hasEnded);
  },

  instead(task, { name }) {
    const word = shellWord(name);
    const commands: Readonly<Record<OwnTask, string>> = {
      delete: `VBoxManage unregistervm ${word} --delete`,
      reset: `VBoxManage snapshot ${word} restorecurrent`,
      restore: `VBoxManage snapshot ${word} restorecurrent`,
      snapshot: `VBoxManage snapshot ${word} take snapshot-1`,
      snapshots: `VBoxManage snapshot ${word} list`,
      set: `VBoxManage modifyvm ${word} --memory 1024 --cpus 1`,
      logs: `VBoxManage showvminfo ${word} --log 0`,
      console: `VBoxManage startvm ${word} --type separate`,
    };
    return commands[task];
  },
};

async function uuidOf(name: string): Promise<string> {
  const listed = parseMachineList((await ask(listMachinesArgs)).stdout).find((one) => one.name === name);
  if (listed === undefined) throw new TarrError("machine-unknown", { name: printable(name) });
  return listed.uuid;
}
