import { describe, expect, test } from "bun:test";
import { fill } from "../../src/messages/messages.ts";
import type { Facts, Problem } from "../../src/providers/virtualbox/judge.ts";
import { installHint, judge, judgeStart } from "../../src/providers/virtualbox/judge.ts";
import { virtualboxWords } from "../../src/providers/virtualbox/words.ts";
import { recorded } from "./recorded.ts";

/** Debian 13 with Oracle's package, all in order. */
const good: Facts = {
  architecture: "x64",
  version: "7.1.12",
  kernel: "6.12.117+deb13-amd64",
  virtualization: true,
  modules: {
    loaded: ["vboxdrv", "vboxnetflt"],
    built: ["vboxdrv", "vboxnetflt"],
    headers: true,
    builder: "vboxconfig",
  },
  secureBoot: false,
  kvm: null,
};
const unloaded = { ...good.modules, loaded: [] };
const kvm = { module: "kvm_intel", holdsAlways: true, inUse: false } as const;

/** The whole sentence as it is read, with its next step. */
function sentence(found: Problem | null): string {
  if (found === null) return "";
  const { message, hint } = virtualboxWords[found.problem]?.en ?? { message: "?", hint: "?" };
  return `${fill(message, found.values)} ${fill(hint, { install: "INSTALL", ...found.values })}`;
}

describe("before a start", () => {
  test("nothing is wrong", () => {
    expect(judge(good)).toBeNull();
    // The modules are in the kernel: then nobody asks for headers, builders or keys.
    expect(
      judge({ ...good, modules: { ...good.modules, headers: false, builder: null }, secureBoot: true }),
    ).toBeNull();
  });

  const cases: readonly (readonly [string, Partial<Facts>, readonly [problem: string, words: string]])[] = [
    ["an ARM computer", { architecture: "arm64" }, ["architecture", "--provider qemu"]],
    ["an old version", { version: "6.0.24" }, ["too-old", "INSTALL"]],
    [
      "no headers, Debian's package",
      { modules: { ...unloaded, built: [], headers: false, builder: "dkms" } },
      [
        "headers-missing",
        "sudo apt install linux-headers-6.12.117+deb13-amd64 && sudo dkms autoinstall && sudo modprobe -a vboxdrv vboxnetflt",
      ],
    ],
    [
      "no headers, Oracle's package",
      { modules: { ...unloaded, built: [], headers: false } },
      ["headers-missing", "linux-headers-6.12.117+deb13-amd64 && sudo /sbin/vboxconfig"],
    ],
    ["not built", { modules: { ...unloaded, built: [] } }, ["not-built", "sudo /sbin/vboxconfig"]],
    [
      "no builder at all",
      { modules: { ...unloaded, built: [], builder: null } },
      ["not-built", "sudo apt install virtualbox-dkms"],
    ],
    ["not loaded", { modules: unloaded }, ["not-loaded", "vboxdrv is not loaded"]],
    [
      "vboxnetflt alone",
      { modules: { ...good.modules, loaded: ["vboxdrv"] } },
      ["not-loaded", "vboxnetflt is not loaded"],
    ],
    [
      "Secure Boot, Debian's key",
      { modules: { ...unloaded, builder: "dkms" }, secureBoot: true },
      ["secure-boot", "mokutil --import /var/lib/dkms/mok.pub"],
    ],
    ["Secure Boot, Oracle's key", { modules: unloaded, secureBoot: true }, ["secure-boot", "MOK.der"]],
    ["VT-x switched off", { virtualization: false }, ["no-virtualization", "BIOS"]],
    ["KVM holds VT-x", { kvm }, ["kvm-holds", "options kvm enable_virt_at_load=0"]],
    ["KVM holds AMD-V", { kvm: { ...kvm, module: "kvm_amd" } }, ["kvm-holds", "modprobe -r kvm_amd kvm"]],
    ["a machine of KVM", { kvm: { ...kvm, holdsAlways: false, inUse: true } }, ["kvm-in-use", "Stop it first"]],
  ];
  test.each(cases)("%s", (_, facts, [problem, words]) => {
    const found = judge({ ...good, ...facts });
    expect(found?.problem).toBe(problem);
    expect(sentence(found)).toContain(words);
    expect(sentence(found)).not.toMatch(/[{}]/);
  });

  test("KVM that is there and lets go is no hindrance", () => {
    expect(judge({ ...good, kvm: { ...kvm, holdsAlways: false } })).toBeNull();
  });

  test("VirtualBox 7.2 on a kernel from 6.16 on asks KVM for the processor: it is tried", () => {
    const busy = { ...kvm, inUse: true };
    expect(judge({ ...good, version: "7.2.22", kernel: "7.2.13+deb14-cloud-amd64", kvm: busy })).toBeNull();
    expect(judge({ ...good, version: "7.2.22", kvm: busy })?.problem).toBe("kvm-in-use");
    expect(judge({ ...good, kernel: "7.2.13", kvm: busy })?.problem).toBe("kvm-in-use");
  });
});

describe("at a start", () => {
  // From the issues of VirtualBox that README.md names.
  const cases: readonly (readonly [string, string])[] = [
    ["VBoxManage: error: VT-x is being used by another hypervisor (VERR_VMX_IN_VMX_ROOT_MODE).", "kvm-clash"],
    ["VBoxManage: error: VirtualBox can't enable the AMD-V extension. (VERR_SVM_IN_USE)", "kvm-clash"],
    [
      "VBoxManage: error: Host API has not enabled SVME bit in EFER MSR. (VERR_SVM_HOST_SVME_NOT_ENABLED)",
      "kvm-lends-not",
    ],
    ["VBoxManage: error: VT-x is disabled in the BIOS (VERR_VMX_MSR_ALL_VMX_DISABLED)", "no-virtualization"],
    ["Failed to attach the network LUN (VERR_INTNET_FLT_IF_NOT_FOUND)", "interface-refused"],
    ["Nonexistent host networking interface, name 'ts1' (VERR_INTERNAL_ERROR)", "interface-missing"],
    ["The VirtualBox kernel driver is wrong (VERR_VM_DRIVER_VERSION_MISMATCH)", "driver-other"],
    ["Kernel driver not installed (rc=-1908) (VERR_VM_DRIVER_NOT_INSTALLED)", "driver-refused"],
  ];
  test.each(cases)("%s", (output, problem) => {
    expect(judgeStart(output)).toBe(problem);
    expect(Object.keys(virtualboxWords)).toContain(problem);
  });

  test("recorded: no window program; and what says nothing", () => {
    expect(judgeStart(recorded("virtualbox/start-no-window.txt"))).toBe("no-window");
    expect(judgeStart("VBoxManage: error: something else")).toBeNull();
  });
});

describe("how to install it", () => {
  const release = (id: string, codename: string, pretty: string) =>
    `PRETTY_NAME="${pretty}"\nVERSION_CODENAME=${codename}\nID=${id}\n`;

  test.each([
    ["bookworm", "Debian GNU/Linux 12 (bookworm)"],
    ["trixie", "Debian GNU/Linux 13 (trixie)"],
  ])("%s has no package of it", (codename, pretty) => {
    const hint = installHint(release("debian", codename, pretty));
    expect(hint).toContain(`Debian~${codename}_amd64.deb`);
    expect(hint).toContain("linux-headers-amd64");
    expect(hint).not.toContain("apt install virtualbox");
  });

  test("unstable has, in contrib", () => {
    expect(installHint(release("debian", "forky", "Debian GNU/Linux forky/sid"))).toContain("virtualbox-dkms");
  });
});
