import { existsSync } from "node:fs";
import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { TarrError } from "../../error.ts";
import type { Machine } from "../../model/machine.ts";
import { printable } from "../../model/names.ts";
import { absent, providerProblem } from "../absent.ts";
import { machineFolder } from "../folders.ts";
import type { NativeMachine, Provider, Rewired, Wiring } from "../provider.ts";
import {
  deleteArgs,
  files,
  forgetArgs,
  forgetMachineArgs,
  hardwareArgs,
  listDisksArgs,
  listMachinesArgs,
  powerArgs,
  showArgs,
  startArgs,
} from "./argv.ts";
import { makeConsolePlace } from "./console.ts";
import { observe } from "./facts.ts";
import { freshBootMedium, furnish } from "./furnish.ts";
import type { Facts } from "./judge.ts";
import { installHint, judge, judgeStart } from "./judge.ts";
import type { Listed, Settings } from "./parse.ts";
import {
  isMachine,
  linkedClone,
  nicsIn,
  parseDisks,
  parseMachineList,
  parseSettings,
  saidIn,
  stateIn,
} from "./parse.ts";
import { ask, manage, wasUsed } from "./vboxmanage.ts";
import { controlArgs, modifyArgs, pluggedWiring } from "./wiring.ts";
import { virtualboxSnapshots } from "./snapshots.ts";
import { virtualboxNative } from "./native.ts";
import { virtualboxWords } from "./words.ts";

/** A guest that was asked to power off and does not is ended after this. */
const stopPatience = 30_000;
const lookAgain = 250;

export const virtualboxProvider: Provider = {
  features: {
    name: "virtualbox",
    words: virtualboxWords,
    native: virtualboxNative,
    windows: true,
    keepsList: true,
    console: () => ({ kind: "socket", name: files.console }),
    log: files.log,
    snapshots: virtualboxSnapshots(mustFind),
  },

  async available() {
    const facts = await observe();
    const error = await whyNot(facts);
    return error === null ? { usable: true, acceleration: "hardware" } : { usable: false, error };
  },

  async machines(only) {
    const listed = (await listMachines()).filter(({ name }) => only?.includes(name) ?? true);
    const found = await Promise.all(listed.map(nativeOf));
    return found.filter((one) => one !== null);
  },

  async create(machine) {
    await makeRoom(machine);
    await furnish(machine);
  },

  async start(machine, { window }) {
    const { name } = machine;
    if (window && !hasDisplay()) throw providerProblem("virtualbox", "no-display", { name });
    const { uuid, settings } = await mustFind(name);
    const since = Date.now();
    if (stateIn(settings) === "paused") {
      const resumed = await ask(powerArgs(uuid, "resume"));
      if (resumed.code === 0) return;
      throw await startFailure(machine, `${resumed.stderr}\n${resumed.stdout}`, since);
    }
    if (stateIn(settings) !== "stopped") throw new TarrError("machine-running", { name });
    const error = await whyNot(await observe());
    if (error !== null) throw error;
    const hardware = hardwareArgs(uuid, machine);
    if (hardware !== null) await manage(hardware);
    await freshBootMedium(machine);
    await makeConsolePlace(name);
    const result = await ask(startArgs(uuid, window));
    if (result.code === 0) return;
    throw await startFailure(machine, `${result.stderr}\n${result.stdout}`, since);
  },

  async stop(machine, hard) {
    const { uuid, settings } = await mustFind(machine.name);
    if (stateIn(settings) === "stopped") return;
    if (hard || !(await stopsSoftly(uuid, settings))) {
      // It may have ended by itself between our look and this.
      await ask(powerArgs(uuid, "poweroff"));
      await stopsWithin(uuid, stopPatience);
    }
    await rm(join(machineFolder(machine.name), files.console), { force: true });
  },

  async delete(machine) {
    const listed = await find(machine.name);
    // Somebody removed it in VirtualBox's own window: what is left is its folder.
    if (listed === null) return;
    // A machine of this name that the user made in VirtualBox's own window is why ours was not made.
    const settings = parseSettings(await manage(showArgs(listed.uuid)));
    if (!isMachine(settings, machine, ownFile(machine))) return;
    const clone = linkedClone(parseDisks(await manage(listDisksArgs)), listed.uuid);
    if (clone !== null) {
      throw providerProblem("virtualbox", "linked-clone", { name: machine.name, clone: printable(clone) });
    }
    await manage(deleteArgs(listed.uuid));
    // VirtualBox keeps CD images that it has once seen in its list, and these files go with the folder.
    for (const disc of [files.boot, files.seed]) await ask(forgetArgs(join(machineFolder(machine.name), disc)));
  },

  async rewire({ machine, nic }, to): Promise<Rewired> {
    const { uuid, settings } = await mustFind(machine.name);
    const now: Wiring = nicsIn(settings).find(({ number }) => number === nic)?.wiring ?? {};
    const change = { now, to: "port" in to ? pluggedWiring(now, nic, to.port) : to.former };
    if (stateIn(settings) === "stopped") {
      const args = modifyArgs(uuid, nic, change);
      if (args !== null) await manage(args);
      return { when: "now" };
    }
    const commands = controlArgs(uuid, nic, change);
    if (commands === null) {
      const name = printable(machine.name);
      throw providerProblem("virtualbox", "not-while-running", { name, nic: String(nic) });
    }
    for (const args of commands) await manage(args);
    return { when: "now" };
  },
};

async function whyNot(facts: Facts): Promise<TarrError | null> {
  const osRelease = await readFile("/etc/os-release", "utf8").catch(() => "");
  const install = installHint(osRelease);
  const found = judge(facts);
  // On a processor that VirtualBox is not made for, how to install it is no help.
  if (facts.version === null && found?.problem !== "architecture") return absentError(install);
  return found === null ? null : providerProblem("virtualbox", found.problem, { install, ...found.values });
}

function absentError(install: string): TarrError | null {
  const availability = absent("virtualbox", install);
  return availability.usable ? null : availability.error;
}

async function listMachines(): Promise<readonly Listed[]> {
  if (!wasUsed()) return [];
  const result = await ask(listMachinesArgs).catch(() => null);
  return result === null ? [] : parseMachineList(result.stdout);
}

async function find(name: string): Promise<Listed | null> {
  return (await listMachines()).find((one) => one.name === name) ?? null;
}

/**
 * A name may be taken by a machine that the user made; or by one of ours whose folder is gone (a creation that was ended
 * by force), which VirtualBox still lists: that one is forgotten.
 */
async function makeRoom({ name }: Machine): Promise<void> {
  if ((await find(name)) === null) return;
  const { uuid, settings } = await mustFind(name);
  const own = ownFile({ name });
  if (settings.get("CfgFile") !== own || existsSync(own)) throw new TarrError("machine-exists", { name });
  await manage(forgetMachineArgs(uuid));
}

function ownFile({ name }: Pick<Machine, "name">): string {
  return join(machineFolder(name), `${name}.vbox`);
}

async function mustFind(name: string): Promise<Listed & { settings: Settings }> {
  const listed = await find(name);
  if (listed === null) throw new TarrError("machine-unknown", { name: printable(name) });
  return { ...listed, settings: parseSettings(await manage(showArgs(listed.uuid))) };
}

/** Null for a machine that went away meanwhile. */
async function nativeOf({ uuid, name }: Listed): Promise<NativeMachine | null> {
  const shown = await manage(showArgs(uuid)).catch(() => null);
  if (shown === null) return null;
  const settings = parseSettings(shown);
  return { name, state: stateIn(settings), nics: nicsIn(settings) };
}

/** Presses the power button. A paused guest sees it only when it goes on; a crashed one never does. */
async function stopsSoftly(uuid: string, settings: Settings): Promise<boolean> {
  if (stateIn(settings) === "paused") await ask(powerArgs(uuid, "resume"));
  const pressed = await ask(powerArgs(uuid, "acpipowerbutton"));
  return pressed.code === 0 && stopsWithin(uuid, stopPatience);
}

/** The process of a machine lives a little longer than the machine: `manage` waits for what it still holds. */
async function stopsWithin(uuid: string, patience: number): Promise<boolean> {
  const deadline = performance.now() + patience;
  for (;;) {
    const settings = parseSettings(await manage(showArgs(uuid)));
    if (stateIn(settings) === "stopped" && !settings.has("SessionName")) return true;
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, lookAgain));
  }
}

/** What VBoxManage says is often only that the machine's process ended; its own log then says why. */
async function startFailure(machine: Machine, output: string, since: number): Promise<TarrError> {
  const path = join(machineFolder(machine.name), "Logs", "VBox.log");
  // Of an earlier start when this one did not come so far.
  const written = (await stat(path).catch(() => null))?.mtimeMs ?? 0;
  const log = written >= since ? await readFile(path, "utf8") : "";
  const interfaces = machine.nics.map(({ port }) => port.interface).join(", ");
  const values = { name: machine.name, interface: interfaces, said: saidIn(output) };
  const known = judgeStart(output) ?? judgeStart(errorsIn(log));
  return known === null ? new TarrError("machine-start-failed", values) : providerProblem("virtualbox", known, values);
}

function errorsIn(log: string): string {
  return log
    .split("\n")
    .filter((line) => /VMSetError|ERROR \[COM\]|Power up failed/.test(line))
    .join("\n");
}

function hasDisplay(): boolean {
  return ["DISPLAY", "WAYLAND_DISPLAY"].some((name) => (process.env[name] ?? "") !== "");
}
