import type { DiskImage } from "../../images/record.ts";
import type { Machine } from "../../model/machine.ts";
import { providerProblem } from "../absent.ts";
import { portChanges } from "./nics.ts";
import type { Changes } from "./vmx.ts";
import { settingLine } from "./vmx.ts";

/**
 * Names of a machine's files in its folder. All but the .vmx are what VMware would name them too; `vmx` is the machine's
 * name, since VMware's own windows show it.
 */
export const files = {
  disk: "disk.vmdk",
  extent: "disk-flat.vmdk",
  disc: "boot.iso",
  seed: "seed.iso",
  console: "console.sock",
  log: "console.log",
  /** VMware's own: why a machine did not start stands there. */
  vmwareLog: "vmware.log",
} as const;

export function vmxName(machine: Pick<Machine, "name">): string {
  return `${machine.name}.vmx`;
}

/** What a machine is made of that the guest has drivers for. */
export type Hardware = { readonly disk: "sata" | "ide"; readonly nic: "vmxnet3" | "e1000e" | "e1000" };

/**
 * The kernel that Debian 12 has for clouds, for one, has drivers for VMware's network card and for IDE, and not for SATA.
 *
 * @param modules the drivers inside the image (`image.json`)
 * @throws TarrError `provider-problem`
 */
export function hardwareFor(image: string, modules: readonly string[]): Hardware {
  const nic = (["vmxnet3", "e1000e", "e1000"] as const).find((name) => modules.includes(name));
  const disk = modules.includes("ahci") ? "sata" : modules.includes("ata_piix") ? "ide" : undefined;
  if (nic === undefined || disk === undefined || !modules.includes("sd_mod")) {
    throw providerProblem("vmware", "no-drivers", { image });
  }
  return { disk, nic };
}

/** What every system since 2000 has drivers for. */
const plainHardware: Hardware = { disk: "ide", nic: "e1000" };

/** Of a disk that boots by itself: those that are told their names, ours and Debian's, have all drivers. */
export function hardwareOf({ firstBoot }: DiskImage): Hardware {
  return firstBoot === "none" ? plainHardware : { disk: "sata", nic: "vmxnet3" };
}

/** A CD image in the drive; what is started from; and by which firmware. */
export type Boot = { readonly from: "disc" | "disk"; readonly disc: string | null; readonly firmware: "bios" | "efi" };

/** An image's kernel starts from a disc; its disk has no boot sector, and not looking at it spares a second. */
export const kernelBoot: Boot = { from: "disc", disc: files.disc, firmware: "bios" };

export function diskBoot({ firstBoot, firmware }: DiskImage): Boot {
  const disc = firstBoot === "none" ? null : files.seed;
  return { from: "disk", disc, firmware: firmware.includes("bios") ? "bios" : "efi" };
}

/**
 * The settings of a machine of ours. Hardware version 14 is understood by every Workstation since 14 (2017), and has all
 * that is asked for here (VMware's article 1003746 lists which product has which).
 */
export function machineFile(machine: Machine, hardware: Hardware, boot: Boot): string {
  const [disk, disc] = hardware.disk === "sata" ? ["sata0:0", "sata0:1"] : ["ide0:0", "ide1:0"];
  const lines: readonly (readonly [string, string])[] = [
    [".encoding", "UTF-8"],
    ["config.version", "8"],
    ["virtualHW.version", "14"],
    ["displayName", machine.name],
    ["guestOS", "other4xlinux-64"],
    // "Memory size 255 not a multiple of 4": it would not start.
    ["memsize", memorySize(machine)],
    ["numvcpus", String(machine.cpus ?? 1)],
    ...bridges(),
    ...(hardware.disk === "sata" ? [["sata0.present", "TRUE"] as const] : []),
    [`${disk}.present`, "TRUE"],
    [`${disk}.fileName`, files.disk],
    ...(boot.disc === null ? [] : discLines(disc, boot.disc)),
    ["bios.bootOrder", boot.from === "disc" ? "cdrom,hdd" : "hdd"],
    ...(boot.firmware === "efi" ? [["firmware", "efi"] as const] : []),
    ["floppy0.present", "FALSE"],
    ...machine.nics.flatMap((_, index) => [
      [`ethernet${index}.present`, "TRUE"] as const,
      [`ethernet${index}.virtualDev`, hardware.nic] as const,
      [`ethernet${index}.startConnected`, "TRUE"] as const,
    ]),
    ["serial0.present", "TRUE"],
    ["serial0.fileType", "file"],
    ["serial0.fileName", files.log],
    // “The file already exists. Replace it or append to it?”
    ["answer.msg.serial.file.open", "Append"],
    ["serial1.present", "TRUE"],
    ["serial1.fileType", "pipe"],
    ["serial1.pipe.endPoint", "server"],
    // What the window calls “the other end is an application”.
    ["serial1.tryNoRxLoss", "TRUE"],
    // Nobody is there to answer a question of a machine without a window: it would wait for ever.
    ["msg.autoAnswer", "TRUE"],
    // The folder is ours: VMware is not to ask whether the machine was moved or copied into it.
    ["uuid.action", "create"],
  ];
  return lines.map(([key, value]) => `${settingLine(key, value)}\n`).join("");
}

function discLines(place: string, file: string): (readonly [string, string])[] {
  return [
    [`${place}.present`, "TRUE"],
    [`${place}.deviceType`, "cdrom-image"],
    [`${place}.fileName`, file],
    [`${place}.startConnected`, "TRUE"],
  ];
}

/**
 * The kernel command line. A serial line of VMware's goes to one place, and the kernel prints to one serial line
 * (Documentation/admin-guide/serial-console.rst): to the log. The shells are on the other line and in the window.
 */
export function bootWords(words: string): string {
  return `${words} console=ttyS0,115200 tarr.console=ttyS1 tarr.console=tty1`;
}

/** The vmnets of its cards in their order, and where the console's socket is made. */
export type StartFacts = { readonly vmnets: readonly number[]; readonly socket: string };

/** What is known only when a machine starts: mappings and folders may be others than when it was made. */
export function startChanges(machine: Machine, how: StartFacts): Changes {
  return new Map([
    ...machine.nics.flatMap(({ port }, index) => [
      ...portChanges(index + 1, { mac: port.mac, own: null }, how.vmnets[index] ?? 0),
    ]),
    ["serial1.fileName", how.socket],
  ]);
}

/** What `machine set` said: it is never told a suspended guest. */
export function hardwareChanges(machine: Pick<Machine, "memory" | "cpus">): Changes {
  if (machine.cpus === undefined) return new Map();
  return new Map([
    ["memsize", memorySize(machine)],
    ["numvcpus", String(machine.cpus)],
  ]);
}

function memorySize({ memory }: Pick<Machine, "memory">): string {
  return String(Math.ceil(memory / 4) * 4);
}

/** PCIe root ports, without which there is no slot for a vmxnet3 or e1000e (packer-plugin-vmware has the same six). */
function bridges(): (readonly [string, string])[] {
  const ports = [4, 5, 6, 7].flatMap((number) => [
    [`pciBridge${number}.present`, "TRUE"] as const,
    [`pciBridge${number}.virtualDev`, "pcieRootPort"] as const,
    [`pciBridge${number}.functions`, "8"] as const,
  ]);
  return [["pciBridge0.present", "TRUE"], ...ports];
}

/** Bytes that connect(2) and bind(2) take of a socket's path. */
const longestSocketPath = 107;

/**
 * Where VMware, which is told whole paths, makes the console's socket: in the machine's folder, or, when that path is
 * too long, where the user's sockets are, with a link to it in the folder.
 */
export function socketPath(folder: string, machine: Pick<Machine, "name">, runtime: string): string {
  const usual = `${folder}/${files.console}`;
  return Buffer.byteLength(usual) <= longestSocketPath ? usual : `${runtime}/tarr-steps-vmware-${machine.name}.sock`;
}

const sectorSize = 512;

/** SATA disks have no type of their own in a disk's file: VMware writes lsilogic for them. */
export function adapterOf({ disk }: Hardware): "ide" | "lsilogic" {
  return disk === "ide" ? "ide" : "lsilogic";
}

/**
 * The descriptor of a disk that is one plain file, `createType="monolithicFlat"` (VMware's “Virtual Disk Format 5.0”).
 * The geometries are VMware's for small disks.
 */
export function diskDescriptor(bytes: number, hardware: Hardware): string {
  const sectors = bytes / sectorSize;
  const adapter = adapterOf(hardware);
  const [heads, perTrack] = adapter === "ide" ? [16, 63] : [64, 32];
  return [
    "# Disk DescriptorFile",
    "version=1",
    'encoding="UTF-8"',
    "CID=fffffffe",
    "parentCID=ffffffff",
    'createType="monolithicFlat"',
    "",
    "# Extent description",
    `RW ${sectors} FLAT "${files.extent}" 0`,
    "",
    "# The Disk Data Base",
    "#DDB",
    "",
    'ddb.virtualHWVersion = "14"',
    `ddb.geometry.cylinders = "${Math.floor(sectors / (heads * perTrack))}"`,
    `ddb.geometry.heads = "${heads}"`,
    `ddb.geometry.sectors = "${perTrack}"`,
    `ddb.adapterType = "${adapter}"`,
    "",
  ].join("\n");
}
