import { constants } from "node:fs";
import { access, copyFile, mkdir, readFile, readdir, symlink } from "node:fs/promises";
import { release } from "node:os";
import { basename, join } from "node:path";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { mustRun } from "../../host/command.ts";
import { fetchPackages, kernelPackage, partsMissing } from "./packages.ts";
import { selectModules, type ModuleSelection, type ModuleTables } from "./modules.ts";

export type Kernel = {
  readonly version: string;
  /** The file to boot. */
  readonly image: string;
  /** The directory of modules.dep. */
  readonly modules: string;
};

export type KernelPlaces = { readonly boot: string; readonly modules: string; readonly running: string };

export const hostKernelPlaces: KernelPlaces = {
  boot: "/boot",
  modules: "/lib/modules",
  get running() {
    return release();
  },
};

/**
 * Drivers for the machines of QEMU (virtio), VirtualBox and VMware (e1000, pcnet32, vmxnet3, AHCI, IDE), the file
 * system of the disk, and the power button.
 */
const wantedModules = [
  ...["virtio_pci", "virtio_mmio", "virtio_net", "virtio_blk"],
  ...["e1000", "e1000e", "vmxnet3", "pcnet32", "af_packet"],
  ...["ahci", "ata_piix", "sd_mod", "ext4"],
  ...["button", "evdev"],
];

/** What nft, ip and ss have the kernel load, by modprobe's aliases (nft-expr-1-reject, rtnl-link-vlan). */
const commandModules = [
  ...["nf_tables", "nft_ct", "nft_chain_nat", "nft_nat", "nft_masq", "nft_redir", "nft_log", "nf_log_syslog"],
  ...["nft_reject", "nft_reject_inet", "nft_reject_ipv4", "nft_reject_ipv6", "nft_counter", "nft_limit", "nft_quota"],
  ...["nft_connlimit", "nft_numgen", "nft_hash", "nft_fib", "nft_fib_inet", "nft_fib_ipv4", "nft_fib_ipv6"],
  ...["nf_conntrack", "nf_conntrack_ftp", "nf_nat_ftp"],
  ...["8021q", "bridge", "dummy", "veth"],
  ...["tcp_diag", "udp_diag", "unix_diag"],
];

/** Without this one there is no network in a QEMU machine: such a kernel (a container host's, a board's) is not used. */
const neededModule = "virtio_net";

/** The kernel that runs, else the newest in /boot whose modules are installed and that an ordinary user may read. */
export async function findKernel(places: KernelPlaces): Promise<Kernel | undefined> {
  const names = await readdir(places.boot).catch(() => []);
  const versions = names.filter((name) => name.startsWith("vmlinuz-")).map((name) => name.slice("vmlinuz-".length));
  for (const version of newestFirst(versions, places.running)) {
    const kernel = { version, image: join(places.boot, `vmlinuz-${version}`), modules: join(places.modules, version) };
    if (await isUsable(kernel)) return kernel;
  }
  return undefined;
}

/** "6.1.0-56-amd64" is newer than "6.1.0-9-amd64": numbers compare as numbers. */
export function newestFirst(versions: readonly string[], running: string): string[] {
  const byNumber = (one: string, other: string) => other.localeCompare(one, "en", { numeric: true });
  const rest = versions.filter((version) => version !== running).sort(byNumber);
  return versions.includes(running) ? [running, ...rest] : rest;
}

async function isUsable(kernel: Kernel): Promise<boolean> {
  try {
    await access(kernel.image, constants.R_OK);
    const selection = selectModules([neededModule], await readTables(kernel));
    return selection.names.length > 0 || selection.builtin.length > 0;
  } catch {
    return false;
  }
}

const metapackages: Readonly<Record<string, string>> = {
  x64: "linux-image-cloud-amd64",
  arm64: "linux-image-cloud-arm64",
};

/** Debian's small kernel for virtual machines, for a host that has none of its own (a container). */
export async function fetchKernel(directory: string, onPackage: (name: string) => void): Promise<Kernel> {
  const metapackage = metapackages[process.arch];
  if (metapackage === undefined) {
    throw partsMissing([`linux-image-${process.arch}`], `no kernel for ${process.arch}`);
  }
  const name = await kernelPackage(metapackage);
  onPackage(name);
  await fetchPackages([name], directory);
  // Debian 13 has the modules below usr/, Debian 12 not; depmod looks at one of them, whichever it was built for.
  await bothPlaces(directory);
  const version = name.slice("linux-image-".length);
  await mustRun(["depmod", "-b", directory, version]);
  const kernel = await findKernel({
    boot: join(directory, "boot"),
    modules: join(directory, "lib/modules"),
    running: version,
  });
  if (kernel !== undefined) return kernel;
  throw partsMissing([name], `no kernel with ${neededModule} in ${name}`);
}

async function bothPlaces(directory: string): Promise<void> {
  for (const [place, target] of [
    ["lib", "../usr/lib/modules"],
    ["usr/lib", "../../lib/modules"],
  ] as const) {
    await mkdir(join(directory, place), { recursive: true });
    await symlink(target, join(directory, place, "modules")).catch(() => undefined);
  }
}

async function readTables(kernel: Kernel): Promise<ModuleTables> {
  const read = (name: string) => readFile(join(kernel.modules, name), "utf8");
  return {
    dep: await read("modules.dep"),
    builtin: await read("modules.builtin"),
    alias: await read("modules.alias"),
    softdep: await read("modules.softdep").catch(() => ""),
  };
}

export async function chooseModules(kernel: Kernel): Promise<ModuleSelection> {
  return selectModules([...wantedModules, ...commandModules], await readTables(kernel));
}

/** A module as the guest loads it: busybox cannot load every compressed form. */
export async function readModule(file: string, workspace: string): Promise<Uint8Array> {
  if (file.endsWith(".xz")) return await unpackXz(file, workspace);
  const data = await readFile(file);
  if (file.endsWith(".zst")) return zstdDecompressSync(data);
  if (file.endsWith(".gz")) return gunzipSync(data);
  return data;
}

async function unpackXz(file: string, workspace: string): Promise<Uint8Array> {
  const copy = join(workspace, basename(file));
  await copyFile(file, copy);
  await mustRun(["xz", "-d", "-f", copy]);
  return await readFile(join(workspace, basename(copy, ".xz")));
}
