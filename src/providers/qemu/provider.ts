import { readFile, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { TarrError } from "../../error.ts";
import { run, spawnDetached } from "../../host/command.ts";
import { makeEmptyDisk } from "../../images/empty-disk.ts";
import { readImageRecord } from "../../images/record.ts";
import { guestCommandLine } from "../../images/tiny/cmdline.ts";
import { machineInitrd } from "../../images/tiny/first-boot.ts";
import type { Machine, MachineState } from "../../model/machine.ts";
import { plainName } from "../../model/machine.ts";
import { printable } from "../../model/names.ts";
import { absent, providerProblem } from "../absent.ts";
import { imageFolder, machineFolder } from "../folders.ts";
import { machineKey } from "../key.ts";
import type { Availability, NativeMachine, Provider, Rewired } from "../provider.ts";
import { listMachines } from "../records.ts";
import { outliveLogout } from "../session.ts";
import { findAcceleration } from "./acceleration.ts";
import type { Boot } from "./argv.ts";
import { files, nicArguments, qemuArgv, qemuProgram } from "./argv.ts";
import { showCable } from "./cable.ts";
import { diskBoot, furnishDisk } from "./disk-machine.ts";
import { addNic, removeNic } from "./hotplug.ts";
import { askMonitor, monitorStatus, stopCause } from "./monitor.ts";
import type { QemuProcess } from "./processes.ts";
import { findProcesses } from "./processes.ts";
import { qemuSnapshots } from "./snapshots.ts";
import { qemuNative } from "./native.ts";
import { qemuWords } from "./words.ts";

/** A guest that was asked to power off and does not is ended after this. */
const stopPatience = 20_000;
/** A QEMU that has not set itself up by then hangs. */
const startPatience = 20_000;
/** Within which a guest that goes on writes what it could not write before. */
const retryPatience = 500;

export const qemuProvider: Provider = {
  features: {
    name: "qemu",
    words: qemuWords,
    native: qemuNative,
    windows: false,
    keepsList: false,
    console: () => ({ kind: "socket", name: files.console }),
    log: files.log,
    showCable,
    snapshots: qemuSnapshots,
  },

  async available(): Promise<Availability> {
    const found = await run([qemuProgram(process.arch), "--version"]).catch(() => null);
    if (found?.code !== 0)
      return absent("qemu", `sudo apt install qemu-system-${process.arch === "arm64" ? "arm" : "x86"}`);
    return { usable: true, acceleration: (await findAcceleration()) === "kvm" ? "hardware" : "software" };
  },

  async machines(only) {
    const ours = (await listMachines()).filter((one) => one.provider === "qemu" && (only?.includes(one.name) ?? true));
    const known = await Promise.all(ours.map(nativeOf));
    const asked = only?.every((name) => ours.some((one) => one.name === name)) ?? false;
    if (asked) return known;
    const folders = new Set(ours.map((one) => machineFolder(one.name)));
    const others = (await findProcesses()).filter(
      ({ name, folder }) => !folders.has(folder) && (only?.includes(name) ?? true),
    );
    return [...known, ...(await Promise.all(others.map(foreignOf)))];
  },

  async create(machine) {
    const image = await readImageRecord(imageFolder(machine.image));
    if (image.format === 2) return furnishDisk(machine, image);
    await makeEmptyDisk(join(machineFolder(machine.name), files.disk));
  },

  async start(machine) {
    const folder = machineFolder(machine.name);
    const state = await stateIn(folder);
    if (state === "paused") return resume(machine);
    if (state !== "stopped") throw new TarrError("machine-running", { name: machine.name });
    // Left behind by a QEMU that was killed: it would refuse to bind them.
    for (const name of [files.monitor, files.console]) await rm(join(folder, name), { force: true });
    const boot = await bootOf(machine);
    await outliveLogout();
    const acceleration = await findAcceleration();
    const argv = qemuArgv(machine, { acceleration, boot, arch: process.arch });
    const qemu = await spawnDetached(argv, { cwd: folder, log: files.errors });
    const outcome = await Promise.race([qemu.ended, waitForMonitor(folder)]);
    if (outcome === "running") return;
    const errors = await readFile(join(folder, files.errors), "utf8").catch(() => "");
    const said = errors.trim().split("\n").at(-1) ?? "";
    throw new TarrError("machine-start-failed", { name: machine.name, said: said === "" ? `QEMU: ${outcome}` : said });
  },

  async stop(machine, hard) {
    const folder = machineFolder(machine.name);
    const monitor = { folder, socket: files.monitor };
    await askMonitor(monitor, hard ? "quit" : "system_powerdown");
    const deadline = performance.now() + stopPatience;
    while ((await stateIn(folder)) !== "stopped") {
      if (performance.now() > deadline) await askMonitor(monitor, "quit");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  },

  async delete() {
    // All that the machine is lies in its folder, which goes with its record.
  },

  async rewire({ machine }, to): Promise<Rewired> {
    const process = (await findProcesses()).find(({ name }) => name === machine.name);
    if (process === undefined) {
      // Its settings are the arguments that the user starts it with: those we can only tell.
      return "port" in to ? { when: "by-hand", argv: nicArguments(to.port) } : { when: "next-start" };
    }
    if (process.monitor === null) throw providerProblem("qemu", "no-monitor", { name: printable(machine.name) });
    const place = { folder: process.folder, socket: process.monitor };
    if ("port" in to) await addNic(place, to.port);
    else await removeNic(place, to.former["port"] ?? "");
    return { when: "now" };
  },
};

async function stateIn(folder: string, socket: string = files.monitor): Promise<MachineState> {
  return (await conditionIn(folder, socket)).state;
}

type Condition = Pick<NativeMachine, "state" | "cause">;

async function conditionIn(folder: string, socket: string): Promise<Condition> {
  const status = await monitorStatus({ folder, socket });
  if (status === null) return { state: "stopped" };
  // A write that found no room stops the guest, which nothing but `cont` lets go on.
  if (status === "io-error") return { state: "paused", cause: await stopCause({ folder, socket }) };
  return { state: status === "paused" || status === "suspended" ? "paused" : "running" };
}

/** Paused by whoever speaks to its monitor, or asleep by itself. */
async function resume({ name }: Machine): Promise<void> {
  const monitor = { folder: machineFolder(name), socket: files.monitor };
  const before = await monitorStatus(monitor);
  await askMonitor(monitor, before === "suspended" ? "system_wakeup" : "cont");
  // What was not written is written again, and may fail again a moment later.
  if (before === "io-error") await pause(retryPatience);
  const status = await monitorStatus(monitor);
  if (status === "running") return;
  if (status === "io-error" && (await stopCause(monitor)) === "disk-full") throw await fullError(name);
  throw new TarrError("machine-start-failed", { name, said: `QEMU: ${status ?? "silent"}` });
}

async function fullError(name: string): Promise<TarrError> {
  const folder = machineFolder(name);
  const { bavail, bsize } = await statfs(folder);
  const free = String(Math.floor((bavail * bsize) / (1024 * 1024)));
  return new TarrError("machine-disk-full", { name, folder, free });
}

async function nativeOf(machine: Machine): Promise<NativeMachine> {
  return {
    name: machine.name,
    ...(await conditionIn(machineFolder(machine.name), files.monitor)),
    nics: machine.nics.map(({ port: { mac, interface: on } }, index) => ({
      ...{ number: index + 1, mac, interface: on, wiring: {} },
    })),
  };
}

/** A QEMU without a monitor runs, or it would not be there. */
async function foreignOf(process: QemuProcess): Promise<NativeMachine> {
  const found: Condition =
    process.monitor === null ? { state: "running" } : await conditionIn(process.folder, process.monitor);
  return {
    ...found,
    name: process.name,
    state: found.state === "stopped" ? "running" : found.state,
    nics: process.nics,
  };
}

/**
 * QEMU answers its monitor when all of it is set up. Not `-daemonize`, which would tell the same: it forks, and a QEMU
 * in a sandbox that may start no process cannot.
 */
async function waitForMonitor(folder: string): Promise<"running" | "silent"> {
  const deadline = performance.now() + startPatience;
  while (performance.now() < deadline) {
    if ((await monitorStatus({ folder, socket: files.monitor })) !== null) return "running";
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return "silent";
}

async function bootOf(machine: Machine): Promise<Boot> {
  const folder = imageFolder(machine.image);
  const image = await readImageRecord(folder);
  if (image.format === 2) return diskBoot(image);
  const { publicKey } = await machineKey();
  return {
    kind: "kernel",
    kernel: join(folder, image.kernel),
    initrd: await machineInitrd(join(folder, image.initrd), machine, machineFolder(machine.name)),
    append: guestCommandLine(image.commandLine, { hostname: plainName(machine), keys: [publicKey] }),
  };
}
