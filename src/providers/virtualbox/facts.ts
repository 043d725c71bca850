import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { release } from "node:os";
import { join } from "node:path";
import type { Facts, Kvm, Modules } from "./judge.ts";
import { neededModules } from "./judge.ts";
import { parseVersion } from "./parse.ts";
import { ask } from "./vboxmanage.ts";

/** What `judge` needs to know. Nothing here needs rights, and only VBoxManage's version costs time (60 ms). */
export async function observe(): Promise<Facts> {
  const kernel = release();
  const [version, virtualization, modules, secureBoot, kvm] = await Promise.all([
    installedVersion(),
    readFile("/proc/cpuinfo", "utf8").then((text) => /^flags\s*:.* (vmx|svm)\b/m.test(text)),
    observeModules(kernel),
    isSecureBoot(),
    observeKvm(),
  ]);
  return { architecture: process.arch, version, kernel, virtualization, modules, secureBoot, kvm };
}

async function installedVersion(): Promise<string | null> {
  const result = await ask(["--version"]).catch(() => null);
  return result === null ? null : parseVersion(result.stdout);
}

async function observeModules(kernel: string): Promise<Modules> {
  const folder = join("/lib/modules", kernel);
  // Debian's dkms, Oracle's vboxconfig, and kernels that bring them along.
  const places = ["updates/dkms", "misc", "extra", "updates"].map((place) => join(folder, place));
  const found = (await Promise.all(places.map((place) => readdir(place).catch((): string[] => [])))).flat();
  const sources = await readdir("/usr/src").catch((): string[] => []);
  const hasDkms = sources.some((name) => /^virtualbox-\d/.test(name));
  return {
    loaded: neededModules.filter((name) => existsSync(join("/sys/module", name))),
    built: neededModules.filter((name) => found.some((file) => file.startsWith(`${name}.ko`))),
    headers: existsSync(join(folder, "build")),
    builder: existsSync("/sbin/vboxconfig") ? "vboxconfig" : hasDkms ? "dkms" : null,
  };
}

/** The variable's four bytes of attributes, then its value (UEFI Specification, 3.3). */
async function isSecureBoot(): Promise<boolean> {
  const path = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
  const bytes = await readFile(path).catch(() => null);
  return bytes?.[4] === 1;
}

async function observeKvm(): Promise<Kvm | null> {
  const module = (["kvm_intel", "kvm_amd"] as const).find((name) => existsSync(join("/sys/module", name)));
  if (module === undefined) return null;
  const read = (path: string) => readFile(join("/sys/module", path), "utf8").catch(() => "");
  const [held, references] = await Promise.all([
    // Kernels before 6.12 have no such parameter: KVM then takes the processor only while a machine runs.
    read("kvm/parameters/enable_virt_at_load"),
    // Every machine of KVM holds its processor's module.
    read(`${module}/refcnt`),
  ]);
  return { module, holdsAlways: held.trim() === "Y", inUse: Number(references) > 0 };
}
