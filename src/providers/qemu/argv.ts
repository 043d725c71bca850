import type { Argv } from "../../host/command.ts";
import type { Machine, Plug } from "../../model/machine.ts";

export type Acceleration = "kvm" | "tcg";

/** What a machine boots from: a kernel that QEMU loads, or a disk. */
export type KernelBoot = {
  readonly kind: "kernel";
  readonly kernel: string;
  readonly initrd: string;
  readonly append: string;
};
export type DiskBoot = {
  readonly kind: "disk";
  /** Whether there is a volume that tells the guest its name and keys. */
  readonly seeded: boolean;
  /** UEFI's code; null for the BIOS that QEMU has itself. */
  readonly firmware: string | null;
};
export type Boot = KernelBoot | DiskBoot;

/**
 * Names of a machine's files. Relative: a socket's path may have 107 bytes, and a home on a file server can be longer;
 * whoever starts or speaks to the machine is in its folder.
 */
export const files = {
  disk: "disk.raw",
  /** Over an image's disk. */
  overlay: "disk.qcow2",
  seed: "seed.iso",
  /** What UEFI remembers. */
  firmware: "firmware.fd",
  pid: "qemu.pid",
  monitor: "monitor.sock",
  console: "console.sock",
  log: "console.log",
  errors: "qemu.log",
  knownHosts: "known_hosts",
} as const;

/** The program of this computer's own architecture. */
export function qemuProgram(arch: string): string {
  return arch === "arm64" ? "qemu-system-aarch64" : "qemu-system-x86_64";
}

/** What gives a QEMU a network card on a port. */
export function nicArguments(port: Plug): Argv {
  const [id, backend] = [`tarr-${port.id}`, `tap,ifname=${port.interface},script=no,downscript=no`];
  // Without romfile= the firmware spends a second on trying to boot from the network.
  return ["-netdev", `${backend},id=${id}`, "-device", `virtio-net-pci,netdev=${id},mac=${port.mac},romfile=`];
}

/** The command line of a machine (qemu-system(1)). No value in it comes from a user but through a parser. */
export function qemuArgv(
  machine: Machine,
  how: { readonly acceleration: Acceleration; readonly boot: Boot; readonly arch: string },
): Argv {
  const { acceleration, boot, arch } = how;
  return [
    qemuProgram(arch),
    ...["-name", machine.name, "-nodefaults", "-no-user-config", "-display", "none"],
    // A guest that breaks out of QEMU finds a process that may start no other and gain no rights.
    ...["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"],
    ...["-machine", arch === "arm64" ? "virt" : "q35", "-m", String(machine.memory), "-smp", String(machine.cpus ?? 1)],
    ...(acceleration === "kvm" ? ["-accel", "kvm", "-cpu", "host"] : ["-accel", "tcg,thread=multi", "-cpu", "max"]),
    ...bootWords(boot),
    ...machine.nics.flatMap(({ port }) => nicArguments(port)),
    ...["-device", "virtio-rng-pci"],
    ...["-chardev", `socket,id=console,path=${files.console},server=on,wait=off,logfile=${files.log},logappend=on`],
    ...["-serial", "chardev:console", "-qmp", `unix:${files.monitor},server=on,wait=off`],
    ...["-pidfile", files.pid],
  ];
}

function bootWords(boot: Boot): readonly string[] {
  if (boot.kind === "kernel") {
    return [
      ...["-kernel", boot.kernel, "-initrd", boot.initrd, "-append", boot.append],
      ...["-drive", `file=${files.disk},if=virtio,format=raw,discard=unmap`],
    ];
  }
  const { firmware, seeded } = boot;
  const flash =
    firmware === null
      ? []
      : [
          ...["-drive", `file=${firmware},if=pflash,format=raw,readonly=on`],
          ...["-drive", `file=${files.firmware},if=pflash,format=raw`],
        ];
  return [
    ...flash,
    ...["-drive", `file=${files.overlay},if=virtio,format=qcow2,discard=unmap`],
    ...(seeded ? ["-drive", `file=${files.seed},if=virtio,format=raw,readonly=on`] : []),
  ];
}
