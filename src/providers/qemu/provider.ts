import { open, readFile, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { TarrError } from "../../error.ts";
import { mustRun, run, spawnDetached } from "../../host/command.ts";
import { readImageRecord } from "../../images/record.ts";
import { guestCommandLine } from "../../images/tiny/cmdline.ts";
import type { Machine, MachineState } from "../../model/machine.ts";
import { imageFolder, machineFolder } from "../folders.ts";
import { machineKey } from "../key.ts";
import type { Availability, Provider } from "../provider.ts";
import { findAcceleration } from "./acceleration.ts";
import type { BootFiles } from "./argv.ts";
import { files, qemuArgv, qemuProgram } from "./argv.ts";
import { askMonitor, monitorStatus } from "./monitor.ts";

/** A guest that was asked to power off and does not is ended after this. */
const stopPatience = 20_000;
/** A QEMU that has not set itself up by then hangs. */
const startPatience = 20_000;
/** Room for a machine's own files; sparse, so that it costs what is written. */
const diskSize = 512 * 1024 * 1024;

export const qemuProvider: Provider = {
  name: "qemu",

  async available(): Promise<Availability> {
    const found = await run([qemuProgram(process.arch), "--version"]).catch(() => null);
    const install = `sudo apt install qemu-system-${process.arch === "arm64" ? "arm" : "x86"}`;
    if (found?.code !== 0) return { usable: false, install };
    return { usable: true, acceleration: (await findAcceleration()) === "kvm" ? "hardware" : "software" };
  },

  async state(machine): Promise<MachineState> {
    const status = await monitorStatus(machineFolder(machine.name), files.monitor);
    if (status === null) return "stopped";
    return status === "paused" || status === "suspended" ? "paused" : "running";
  },

  async create(machine) {
    const disk = join(machineFolder(machine.name), files.disk);
    const file = await open(disk, "wx", 0o600);
    await file.close();
    await truncate(disk, diskSize);
    // -E nodiscard and lazy tables: a file just made holds zeros already.
    await mustRun(["mke2fs", "-q", "-t", "ext4", "-E", "nodiscard,lazy_itable_init=1", "-L", "tarr-steps", disk]);
  },

  async start(machine) {
    const folder = machineFolder(machine.name);
    if ((await this.state(machine)) !== "stopped") throw new TarrError("machine-running", { name: machine.name });
    // Left behind by a QEMU that was killed: it would refuse to bind them.
    for (const name of [files.monitor, files.console]) await rm(join(folder, name), { force: true });
    const boot = await bootFiles(machine);
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
    await askMonitor(folder, files.monitor, hard ? "quit" : "system_powerdown");
    const deadline = performance.now() + stopPatience;
    while ((await this.state(machine)) !== "stopped") {
      if (performance.now() > deadline) await askMonitor(folder, files.monitor, "quit");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  },

  async delete() {
    // All that the machine is lies in its folder, which goes with its record.
  },

  serialLine: () => ({ socket: files.console, log: files.log }),
};

/**
 * QEMU answers its monitor when all of it is set up. Not `-daemonize`, which would tell the same: it forks, and a QEMU
 * in a sandbox that may start no process cannot.
 */
async function waitForMonitor(folder: string): Promise<"running" | "silent"> {
  const deadline = performance.now() + startPatience;
  while (performance.now() < deadline) {
    if ((await monitorStatus(folder, files.monitor)) !== null) return "running";
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return "silent";
}

async function bootFiles(machine: Machine): Promise<BootFiles> {
  const folder = imageFolder(machine.image);
  const image = await readImageRecord(folder);
  const { publicKey } = await machineKey();
  return {
    kernel: join(folder, image.kernel),
    initrd: join(folder, image.initrd),
    append: guestCommandLine(image.commandLine, { hostname: machine.name, keys: [publicKey] }),
  };
}
