import { printable } from "../../model/names.ts";
import { providerProblem } from "../absent.ts";
import { endsWithin, nativePatience, shellWord } from "../native.ts";
import type { NativeControl, NativeMachine } from "../provider.ts";
import { askMonitor } from "./monitor.ts";
import { findProcesses } from "./processes.ts";

/** QEMUs that the user started: nothing says how, but the command line of one that runs. */
export const qemuNative: NativeControl = {
  start: ({ name }) =>
    Promise.reject(
      providerProblem("qemu", "no-settings", { name: printable(name), machine: shellWord(`qemu:${name}`) }),
    ),

  async stop({ name }, hard) {
    const found = await find(name);
    if (found === undefined) return;
    if (found.monitor === null) throw providerProblem("qemu", "no-power", { name: printable(name) });
    const place = { folder: found.folder, socket: found.monitor };
    const hasEnded = async () => (await find(name)) === undefined;
    await askMonitor(place, hard ? "quit" : "system_powerdown");
    if (await endsWithin(nativePatience, hasEnded)) return;
    await askMonitor(place, "quit");
    await endsWithin(nativePatience, hasEnded);
  },

  instead: () => null,
};

async function find(name: NativeMachine["name"]) {
  return (await findProcesses()).find((one) => one.name === name);
}
