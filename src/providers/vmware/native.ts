import { TarrError } from "../../error.ts";
import { printable } from "../../model/names.ts";
import { endsWithin, nativePatience } from "../native.ts";
import { shellWord } from "../../model/shell-word.ts";
import type { NativeControl, NativeMachine, OwnTask } from "../provider.ts";
import { startArgv, stopArgv } from "./argv.ts";
import { fileOf } from "./nics.ts";
import { stateNow } from "./power.ts";
import { mustVmware, tryVmware } from "./vmrun.ts";

/** Machines that the user made in Workstation's own window. */
export const vmwareNative: NativeControl = {
  async start(machine, { window }) {
    const vmx = vmxOf(machine);
    await mustVmware(startArgv(vmx, window), { name: printable(machine.name), vmx });
  },

  async stop(machine, hard) {
    const vmx = vmxOf(machine);
    const hasEnded = async () => (await stateNow(vmx)) !== "running";
    // Without VMware's tools in it a guest cannot be asked.
    const refused = hard ? null : await tryVmware(stopArgv(vmx, false), { timeout: nativePatience });
    if (!hard && refused === null && (await endsWithin(nativePatience, hasEnded))) return;
    await mustVmware(stopArgv(vmx, true), { name: printable(machine.name), vmx });
    await endsWithin(nativePatience, hasEnded);
  },

  instead(task, machine) {
    const vmx = shellWord(vmxOf(machine));
    const commands: Readonly<Record<OwnTask, string | null>> = {
      delete: `vmrun -T ws deleteVM ${vmx}`,
      reset: `vmrun -T ws revertToSnapshot ${vmx} snapshot-1`,
      restore: `vmrun -T ws revertToSnapshot ${vmx} snapshot-1`,
      snapshot: `vmrun -T ws snapshot ${vmx} snapshot-1`,
      snapshots: `vmrun -T ws listSnapshots ${vmx}`,
      console: `vmrun -T ws start ${vmx} gui`,
      logs: null,
      set: null,
    };
    return commands[task];
  },
};

/** The path of its settings is with its cards; a machine without any has nothing to do with a switch. */
function vmxOf({ name, nics }: NativeMachine): string {
  const path = fileOf(nics[0]?.wiring ?? {});
  if (path === null) throw new TarrError("machine-unknown", { name: printable(name) });
  return path;
}
