import { expect, test } from "bun:test";
import type { Machine } from "../../src/model/machine.ts";
import type { Mac, PortId } from "../../src/model/names.ts";
import { interfaceName, isMac, isPortId, parseMachineName, parseNetworkName } from "../../src/model/names.ts";
import { qemuArgv } from "../../src/providers/qemu/argv.ts";

function machine(): Machine {
  const [id, mac] = ["abc234", "52:54:00:12:34:56"];
  if (!isPortId(id) || !isMac(mac)) throw new Error("constants");
  return {
    name: parseMachineName("web"),
    provider: "qemu",
    image: "tiny",
    memory: 128,
    nics: [
      {
        network: parseNetworkName("lab"),
        port: { id, interface: interfaceName("tsabc234"), switch: interfaceName("vswitch0"), mac },
      },
    ],
  };
}

const boot = {
  kind: "kernel" as const,
  kernel: "/images/vmlinuz",
  initrd: "/images/initrd.gz",
  append: "console=ttyS0 quiet",
};

/** The command line, an option with its value on each line, as it would be read in a report. */
function lines(argv: readonly string[]): string[] {
  return argv
    .slice(1)
    .reduce<string[]>(
      (all, word) => (word.startsWith("-") ? [...all, word] : [...all.slice(0, -1), `${all.at(-1) ?? ""} ${word}`]),
      [],
    );
}

test("a machine under KVM, as QEMU is told", () => {
  const argv = qemuArgv(machine(), { acceleration: "kvm", boot, arch: "x64" });
  expect(argv[0]).toBe("qemu-system-x86_64");
  expect(lines(argv)).toEqual([
    "-name web",
    "-nodefaults",
    "-no-user-config",
    "-display none",
    "-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
    "-machine q35",
    "-m 128",
    "-smp 1",
    "-accel kvm",
    "-cpu host",
    "-kernel /images/vmlinuz",
    "-initrd /images/initrd.gz",
    "-append console=ttyS0 quiet",
    "-drive file=disk.raw,if=virtio,format=raw,discard=unmap",
    "-netdev tap,ifname=tsabc234,script=no,downscript=no,id=tarr-abc234",
    "-device virtio-net-pci,netdev=tarr-abc234,mac=52:54:00:12:34:56,romfile=",
    "-device virtio-rng-pci",
    "-chardev socket,id=console,path=console.sock,server=on,wait=off,logfile=console.log,logappend=on",
    "-serial chardev:console",
    "-qmp unix:monitor.sock,server=on,wait=off",
    "-pidfile qemu.pid",
  ]);
});

test("a card for each network, in their order: the first is the guest's eth0", () => {
  const [first] = machine().nics;
  const port = { ...first.port, id: "xyz567" as PortId, mac: "52:54:00:12:34:57" as Mac };
  const router: Machine = { ...machine(), nics: [first, { ...first, port }] };
  const cards = lines(qemuArgv(router, { acceleration: "kvm", boot, arch: "x64" })).filter((line) =>
    line.includes("net"),
  );
  expect(cards).toEqual([
    "-netdev tap,ifname=tsabc234,script=no,downscript=no,id=tarr-abc234",
    "-device virtio-net-pci,netdev=tarr-abc234,mac=52:54:00:12:34:56,romfile=",
    "-netdev tap,ifname=tsabc234,script=no,downscript=no,id=tarr-xyz567",
    "-device virtio-net-pci,netdev=tarr-xyz567,mac=52:54:00:12:34:57,romfile=",
  ]);
});

test("under emulation, and on 64-bit ARM", () => {
  const argv = qemuArgv(machine(), { acceleration: "tcg", boot, arch: "arm64" });
  expect(argv[0]).toBe("qemu-system-aarch64");
  expect(lines(argv)).toContain("-machine virt");
  expect(lines(argv)).toContain("-accel tcg,thread=multi");
  expect(lines(argv)).toContain("-cpu max");
});

// /etc/qemu-ifup would want root.
test("no script is run for the tap, and no setuid helper", () => {
  const all = qemuArgv(machine(), { acceleration: "tcg", boot, arch: "x64" }).join(" ");
  expect(all).toContain("script=no,downscript=no");
  expect(all).not.toMatch(/helper|bridge/);
});

test("a machine of a disk image: its own disk over the image's, and the volume that tells who it is", () => {
  const disk = lines(
    qemuArgv(machine(), { acceleration: "tcg", boot: { kind: "disk", seeded: true, firmware: null }, arch: "x64" }),
  );
  expect(disk.filter((line) => line.startsWith("-drive"))).toEqual([
    "-drive file=disk.qcow2,if=virtio,format=qcow2,discard=unmap",
    "-drive file=seed.iso,if=virtio,format=raw,readonly=on",
  ]);
  expect(disk.join(" ")).not.toContain("-kernel");
  const uefi = { kind: "disk", seeded: false, firmware: "/usr/share/OVMF/OVMF_CODE_4M.fd" } as const;
  const flash = lines(qemuArgv(machine(), { acceleration: "tcg", boot: uefi, arch: "x64" }));
  expect(flash.filter((line) => line.startsWith("-drive"))).toEqual([
    "-drive file=/usr/share/OVMF/OVMF_CODE_4M.fd,if=pflash,format=raw,readonly=on",
    "-drive file=firmware.fd,if=pflash,format=raw",
    "-drive file=disk.qcow2,if=virtio,format=qcow2,discard=unmap",
  ]);
});
