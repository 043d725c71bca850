import { stat } from "node:fs/promises";
import { join } from "node:path";
import { TarrError } from "../../error.ts";
import type { Machine, MachineState } from "../../model/machine.ts";
import { providerProblem } from "../absent.ts";
import { machineFolder } from "../folders.ts";
import { startArgv, stopArgv } from "./argv.ts";
import { readBytes, replaceBytes } from "./bytes.ts";
import { placeSocket, typePowerOff } from "./console.ts";
import { findRunning, stateOf, vmxPath } from "./discover.ts";
import { freshBootDisc } from "./furnish.ts";
import { vmnetsFor } from "./host.ts";
import { files, hardwareChanges, startChanges } from "./machine-file.ts";
import { problemOf } from "./problems.ts";
import { discardMemory } from "./suspended.ts";
import { problemError, tryVmware } from "./vmrun.ts";
import type { Changes } from "./vmx.ts";
import { changeSettings, readSettings } from "./vmx.ts";

/** A guest that was asked to power off and does not is ended after this. */
const stopPatience = 20_000;
/** vmrun still lists a machine for a moment after it has ended it. */
const endPatience = 10_000;

/** What VMware's windows need of the user's session; no other variable of it is passed on. */
const windowVariables = [
  "DISPLAY",
  "XAUTHORITY",
  "WAYLAND_DISPLAY",
  "XDG_SESSION_TYPE",
  "XDG_CURRENT_DESKTOP",
] as const;

export async function startMachine(machine: Machine, window: boolean): Promise<void> {
  const path = vmxPath(machine);
  const state = await stateNow(path);
  // One that vmrun does not tell about may run: its settings and its disc are not written.
  if (state === "running" || state === "unknown") throw new TarrError("machine-running", { name: machine.name });
  const vmnets = await vmnetsFor(machine.nics);
  // A suspended guest has read from its disc what it expects to find there again.
  if (state !== "paused") await freshBootDisc(machine);
  const socket = await placeSocket(machine);
  const text = (await readBytes(path)) ?? "";
  const hardware: Changes = state === "paused" ? new Map() : hardwareChanges(machine);
  const wanted = changeSettings(changeSettings(text, startChanges(machine, { vmnets, socket })), hardware);
  if (wanted !== text) await replaceBytes(path, wanted);
  await powerOn(machine, { path, window });
}

async function powerOn(machine: Machine, how: { path: string; window: boolean }): Promise<void> {
  const before = await logTime(machine);
  const env = how.window ? windowEnvironment() : {};
  const failure = await tryVmware(startArgv(how.path, how.window), { env });
  if (failure === null) return;
  // vmrun knows little; what VMware would have said in a window stands in the log, unless that is of an earlier start.
  const log = (await logTime(machine)) > before ? await readLog(machine) : "";
  throw await problemError(problemOf(failure.said, log), { name: machine.name, vmx: how.path });
}

/** Asks the guest; it has VMware's tools, or a shell on its console, or is ended after a while. */
export async function stopMachine(machine: Pick<Machine, "name">, hard: boolean): Promise<void> {
  const path = vmxPath(machine);
  const state = await stateNow(path);
  if (state === "stopped") return;
  if (state === "paused") {
    // vmrun says “not powered on” to both, and leaves it suspended.
    if (!hard) throw providerProblem("vmware", "suspended", { name: machine.name });
    await discardMemory(path, machine.name);
    return;
  }
  if (!hard && (await stopSoftly(machine, path))) return;
  const failure = await tryVmware(stopArgv(path, true));
  if (failure !== null && failure.problem !== "not-on") {
    throw await problemError(failure, { name: machine.name, vmx: path });
  }
  await waitForEnd(path, endPatience);
}

async function stopSoftly(machine: Pick<Machine, "name">, path: string): Promise<boolean> {
  const asked = await tryVmware(stopArgv(path, false), { timeout: stopPatience });
  // The image tiny has no VMware tools, but a shell of root's on its console.
  if (asked !== null && !(await typePowerOff(machine))) return asked.problem === "not-on";
  return waitForEnd(path, stopPatience);
}

async function waitForEnd(path: string, patience: number): Promise<boolean> {
  const deadline = performance.now() + patience;
  while ((await stateNow(path)) === "running") {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return true;
}

export async function stateNow(path: string): Promise<MachineState> {
  return stateOf(path, await findRunning(), readSettings((await readBytes(path)) ?? ""));
}

function windowEnvironment(): Record<string, string> {
  const found = windowVariables.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(found.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function logPath(machine: Machine): string {
  return join(machineFolder(machine.name), files.vmwareLog);
}

async function logTime(machine: Machine): Promise<number> {
  return stat(logPath(machine)).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

async function readLog(machine: Machine): Promise<string> {
  return (await readBytes(logPath(machine))) ?? "";
}
