import { basename, join } from "node:path";
import * as v from "valibot";
import { TarrError } from "../error.ts";
import { exists, readRecord } from "../host/files.ts";
import type { ProviderName } from "../model/machine.ts";
import { providerNames } from "../model/machine.ts";
import { printable } from "../model/names.ts";
import { releaseNames } from "./debian/releases.ts";

/** `image.json` of an image that is a kernel and the memory it starts from, as `tiny` is. Files lie beside it. */
const kernelRecord = v.object({
  format: v.literal(1),
  name: v.string(),
  architecture: v.picklist(["x86_64", "aarch64"]),
  /** For `qemu -kernel`: unpacked when that starts faster. */
  kernel: v.string(),
  /** The kernel as Debian packs it, for the boot loaders of other hypervisors; often the same file. */
  packedKernel: v.string(),
  initrd: v.string(),
  kernelVersion: v.string(),
  /** Words every start of the image needs on its kernel command line. */
  commandLine: v.string(),
  /** Drivers inside, so that a hypervisor can choose a network card the guest knows. */
  modules: v.array(v.string()),
  /** Programs of the host that are inside, by their paths there or the packages they were fetched from. */
  programs: v.array(v.string()),
  built: v.string(),
});

/** A file of an image, by its name beside `image.json`, with what it must hold (SHA-256 in hexadecimal digits). */
const part = v.object({ file: v.pipe(v.string(), v.regex(/^\w[\w.-]*$/)), sha256: v.string() });

/** `image.json` of an image that is a disk which boots by itself. */
const diskRecord = v.object({
  format: v.literal(2),
  name: v.string(),
  architecture: v.picklist(["x86_64", "aarch64"]),
  /** qcow2, with a boot loader for each of `firmware`; null when there is only a tree. */
  disk: v.nullable(part),
  firmware: v.array(v.picklist(["bios", "uefi"])),
  /** The same files as a tar archive, compressed with zstd: the root of a container; null when only the disk is there. */
  tree: v.nullable(part),
  /** How a machine learns its name, key and the rest at its first boot; `none`: it is as its disk says. */
  firstBoot: v.picklist(["tarr-steps", "cloud-init", "none"]),
  /** The account that the user's ssh key is put into. */
  user: v.pipe(v.string(), v.regex(/^[a-z_][a-z0-9_-]{0,31}$/)),
  /** What it is, for people: `Debian 13 (trixie)`. */
  system: v.string(),
  /** MiB: what a machine of it has when nobody says. */
  memory: v.number(),
  built: v.string(),
});

export const imageRecord = v.variant("format", [kernelRecord, diskRecord]);

export type KernelImage = v.InferOutput<typeof kernelRecord>;
export type DiskImage = v.InferOutput<typeof diskRecord>;
export type ImageRecord = v.InferOutput<typeof imageRecord>;

/** @throws TarrError `image-exists-not`, `image-unknown`, `image-damaged` */
export async function readImageRecord(directory: string): Promise<ImageRecord> {
  const path = join(directory, "image.json");
  const name = basename(directory);
  try {
    const text = await readRecord(path);
    if (text === null && !(await exists(directory))) throw missingImage(name);
    return v.parse(imageRecord, JSON.parse(text ?? ""));
  } catch (error) {
    if (error instanceof TarrError) throw error;
    throw new TarrError("image-damaged", { name, path }, error);
  }
}

/** Images that are built by their name alone; others come from recipes, and from files. */
export const buildable: readonly string[] = ["tiny", ...releaseNames];

/** What is not there can be built, or nobody knows it. */
export function missingImage(name: string): TarrError {
  if (buildable.includes(name)) return new TarrError("image-exists-not", { name });
  return new TarrError("image-unknown", { name: printable(name), known: buildable.join(", ") });
}

/** Which hypervisors' machines can be made of an image. */
export function makersOf(record: ImageRecord): readonly ProviderName[] {
  if (record.format === 1) return providerNames;
  return providerNames.filter((name) => (name === "lxc" ? record.tree : record.disk) !== null);
}

export function kindError(record: ImageRecord, provider: ProviderName): TarrError {
  return new TarrError("image-kind", { name: record.name, provider, able: makersOf(record).join(", ") });
}

/** For a hypervisor that knows no other kind. @throws TarrError `image-exists-not`, `image-kind` */
export async function readKernelImage(directory: string, provider: ProviderName): Promise<KernelImage> {
  const record = await readImageRecord(directory);
  if (record.format !== 1) throw kindError(record, provider);
  return record;
}
