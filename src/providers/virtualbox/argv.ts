import { dirname, join } from "node:path";
import type { Argv } from "../../host/command.ts";
import type { Machine, Plug } from "../../model/machine.ts";
import type { Mac } from "../../model/names.ts";
import { machineFolder } from "../folders.ts";

/**
 * Arguments of VBoxManage (VBoxManage(1)), in the spellings that VirtualBox 6.1 to 7.2 all take. A machine is named by
 * its UUID wherever it has one: a name is free text and may look like an option or like another machine's UUID.
 */

export const files = {
  disk: "disk.vdi",
  boot: "boot.iso",
  seed: "seed.iso",
  /** Beside an image's disk: the same for VirtualBox. */
  base: "disk.vdi",
  console: "console.sock",
  log: "console.log",
} as const;

/** The controller that disk and boot medium hang on; the guest has a driver for it (AHCI). */
const controller = "SATA";

export type Power = "acpipowerbutton" | "poweroff" | "resume";

export function vboxmanage(...args: readonly string[]): Argv {
  return ["VBoxManage", ...args];
}

export const listMachinesArgs = ["list", "vms"] as const;
export const listDisksArgs = ["list", "hdds", "--long"] as const;

export function showArgs(uuid: string): string[] {
  return ["showvminfo", uuid, "--machinereadable"];
}

/** VirtualBox puts the machine into a folder of its name below the base folder: that is the machine's folder. */
export function createArgs(machine: Machine): string[] {
  const base = dirname(machineFolder(machine.name));
  return ["createvm", "--name", machine.name, "--ostype", "Debian_64", "--register", "--basefolder", base];
}

/** What a machine starts from, and whether its guest is known to have drivers for virtio. */
export type Boot = { readonly from: "dvd" | "disk"; readonly firmware: "bios" | "efi"; readonly virtio: boolean };

/**
 * @param consolePath where the console's socket is made
 */
export function furnishArgs(machine: Machine, consolePath: string, boot: Boot): string[] {
  const log = join(machineFolder(machine.name), files.log);
  return [
    ...[
      "modifyvm",
      machine.name,
      "--memory",
      String(machine.memory),
      "--cpus",
      String(machine.cpus ?? 1),
      "--vram",
      "16",
    ],
    ...["--ioapic", "on", "--rtcuseutc", "on", "--mouse", "ps2", "--usb", "off"],
    ...["--firmware", boot.firmware, "--boot1", boot.from, "--boot2", "none", "--boot3", "none", "--boot4", "none"],
    ...machine.nics.flatMap(({ port }, index) => nicArgs(index + 1, port, boot.virtio ? "virtio" : "82540EM")),
    // Where a PC has its serial ports: the guest's ttyS0 and ttyS1.
    ...["--uart1", "0x3F8", "4", "--uartmode1", "file", log],
    ...["--uart2", "0x2F8", "3", "--uartmode2", "server", consolePath],
  ];
}

/** What `machine set` said; null for a machine that it said nothing of, whose settings the user may have changed. */
export function hardwareArgs(uuid: string, { memory, cpus }: Pick<Machine, "memory" | "cpus">): string[] | null {
  return cpus === undefined ? null : ["modifyvm", uuid, "--memory", String(memory), "--cpus", String(cpus)];
}

function nicArgs(number: number, port: Plug, type: string): string[] {
  return [
    ...[`--nic${number}`, "bridged", `--bridgeadapter${number}`, port.interface, `--nictype${number}`, type],
    ...[`--macaddress${number}`, macArgument(port.mac), `--cableconnected${number}`, "on"],
  ];
}

export function convertArgs(raw: string, disk: string): string[] {
  return ["convertfromraw", raw, disk, "--format", "VDI"];
}

/** A disk that holds what differs from `base`. */
export function deltaArgs(base: string, disk: string): string[] {
  return ["createmedium", "disk", "--diffparent", base, "--filename", disk, "--format", "VDI"];
}

export function closeDiskArgs(disk: string): string[] {
  return ["closemedium", "disk", disk, "--delete"];
}

export function controllerArgs(name: string): string[] {
  // The host's cache: without it VirtualBox opens disks with O_DIRECT, which a home on NFS or in an encrypted folder
  // may refuse.
  const settings = ["--add", "sata", "--portcount", "2", "--hostiocache", "on"];
  return ["storagectl", name, "--name", controller, ...settings];
}

export function attachArgs(name: string, medium: { port: number; type: "hdd" | "dvddrive"; path: string }): string[] {
  const place = ["--storagectl", controller, "--port", String(medium.port), "--device", "0"];
  return ["storageattach", name, ...place, "--type", medium.type, "--medium", medium.path];
}

export function startArgs(uuid: string, window: boolean): string[] {
  return ["startvm", uuid, "--type", window ? "gui" : "headless"];
}

export function powerArgs(uuid: string, power: Power): string[] {
  return ["controlvm", uuid, power];
}

export function deleteArgs(uuid: string): string[] {
  return ["unregistervm", uuid, "--delete"];
}

/** Takes it out of the list, and touches no file. */
export function forgetMachineArgs(uuid: string): string[] {
  return ["unregistervm", uuid];
}

export function snapshotListArgs(uuid: string): string[] {
  return ["snapshot", uuid, "list", "--machinereadable"];
}

/** @param snapshot a UUID; of one that is to be taken its name */
export function snapshotArgs(uuid: string, command: "take" | "restore" | "delete", snapshot: string): string[] {
  return ["snapshot", uuid, command, snapshot];
}

export function forgetArgs(cdImage: string): string[] {
  return ["closemedium", "dvd", cdImage];
}

/** 080027AABBCC: without separators, in capitals. */
export function macArgument(mac: Mac): string {
  return mac.replaceAll(":", "").toUpperCase();
}
