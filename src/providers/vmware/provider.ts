import { hasProgram } from "../../host/command.ts";
import { exists } from "../../host/files.ts";
import type { Provider } from "../provider.ts";
import { deleteArgv } from "./argv.ts";
import { findMachines, vmxPath } from "./discover.ts";
import { furnish } from "./furnish.ts";
import { findWorkstation } from "./host.ts";
import { files } from "./machine-file.ts";
import { startMachine, stateNow, stopMachine } from "./power.ts";
import { rewireNic } from "./rewire.ts";
import { problemError, tryVmware } from "./vmrun.ts";
import { vmwareSnapshots } from "./snapshots.ts";
import { discardMemory } from "./suspended.ts";
import { vmwareNative } from "./native.ts";
import { vmwareWords } from "./words.ts";

export const vmwareProvider: Provider = {
  features: {
    name: "vmware",
    words: vmwareWords,
    native: vmwareNative,
    windows: true,
    keepsList: true,
    console: () => ({ kind: "socket", name: files.console }),
    log: files.log,
    snapshots: vmwareSnapshots,
  },

  available: () => findWorkstation(),
  machines: (only) => findMachines(only),
  create: (machine) => furnish(machine),
  start: (machine, { window }) => startMachine(machine, window),
  stop: (machine, hard) => stopMachine(machine, hard),

  async delete(machine) {
    const vmx = vmxPath(machine);
    // Without Workstation no list of its holds the machine; all else of it lies in its folder.
    if (!hasProgram("vmrun") || !(await exists(vmx))) return;
    if ((await stateNow(vmx)) === "paused") await discardMemory(vmx, machine.name);
    const failure = await tryVmware(deleteArgv(vmx));
    if (failure !== null && failure.problem !== "file-missing") {
      throw await problemError(failure, { name: machine.name, vmx });
    }
  },

  rewire: (place, to) => rewireNic(place, to),
};
