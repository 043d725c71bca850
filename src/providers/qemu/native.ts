import { setTimeout as pause } from "node:timers/promises";
import { TarrError } from "../../error.ts";
import { printable } from "../../model/names.ts";
import { providerProblem } from "../absent.ts";
import { endsWithin, nativePatience } from "../native.ts";
import { shellWord } from "../../model/shell-word.ts";
import type { NativeControl, NativeMachine } from "../provider.ts";
import { askMonitor, monitorStatus } from "./monitor.ts";
import { findProcesses } from "./processes.ts";

/** Within which a guest that goes on writes what it could not write before. */
const retryPatience = 500;

/** QEMUs that the user started: nothing says how, but the command line of one that runs. */
export const qemuNative: NativeControl = {
  async start({ name, state, cause }) {
    const found = state === "paused" ? await find(name) : undefined;
    const socket = found?.monitor ?? null;
    if (found === undefined || socket === null) {
      throw providerProblem("qemu", "no-settings", { name: printable(name), machine: shellWord(`qemu:${name}`) });
    }
    const place = { folder: found.folder, socket };
    await askMonitor(place, "cont");
    if (cause !== undefined) await pause(retryPatience);
    const status = await monitorStatus(place);
    if (status === "running") return;
    const said = status ?? "QMP";
    throw new TarrError("machine-native-failed", { name: printable(name), provider: "QEMU", said });
  },

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
