import { expect, test } from "bun:test";
import type { Machine } from "../../src/model/machine.ts";
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
    network: parseNetworkName("lab"),
    port: { id, interface: interfaceName("tsabc234"), switch: interfaceName("vswitch0"), mac },
  };
}

const boot = { kernel: "/images/vmlinuz", initrd: "/images/initrd.gz", append: "console=ttyS0 quiet" };

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
