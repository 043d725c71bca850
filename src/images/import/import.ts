import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { TarrError } from "../../error.ts";
import type { DiskImage, ImageRecord } from "../record.ts";
import { archiveKind } from "./archive.ts";
import { partsOf } from "./bundle.ts";
import { openBundle } from "./bundle.ts";
import type { Checksum } from "./bytes.ts";
import { checksumOf, readHead, sizeOf, unpacked, verify, writeSparse, writeSummed } from "./bytes.ts";
import { checkDisk, convertDisk, firmwareOf } from "./disk.ts";
import type { DiskFormat } from "./formats.ts";
import { formatOf, headBytes } from "./formats.ts";
import type { Appliance } from "./ova.ts";
import { openAppliance } from "./ova.ts";
import { openPacked } from "./packed.ts";
import { passOver, writeTar } from "./tar.ts";
import type { Seen } from "./tree.ts";
import { rootEntries } from "./tree.ts";

export type ImportPhase = "verify" | "unpack" | "convert" | "check";

export type Import = {
  readonly name: string;
  /** The folder of the user's images. */
  readonly images: string;
  readonly path: string;
  /** What it is called in sentences: what the user typed. */
  readonly source: string;
  readonly checksum: Checksum | null;
  /** The account of a disk with cloud-init; null for a disk that is taken as it is. */
  readonly user: string | null;
  /** What it is, where somebody knows. */
  readonly system: string | null;
  readonly report: (step: { readonly phase: ImportPhase; readonly detail: string }) => void;
};

/** What came of it, with what the user should know. */
export type Imported = {
  readonly record: ImageRecord;
  /** There is a kernel among the files, and no disk was made of them. */
  readonly kernelUnused: boolean;
  readonly leftOut: number;
};

const usualMemory = 1024;
const files = { disk: "disk.qcow2", tree: "root.tar.zst" } as const;

/**
 * Makes an image of a file. It is made in a folder of its own, and appears whole or not at all.
 *
 * @throws TarrError `image-*`, `archive-*`, `checksum-*`, `disk-full`
 */
export async function importImage(job: Import): Promise<Imported> {
  await mkdir(job.images, { recursive: true, mode: 0o700 });
  requireFree(job);
  await sizeOf(job.path);
  await sweep(job.images);
  const draft = join(job.images, `.import-${process.pid}`);
  // Of a dead process that had our number.
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  try {
    if (job.checksum !== null) {
      job.report({ phase: "verify", detail: basename(job.source) });
      await verify(job.path, job.checksum, job.source);
    }
    const imported = await importInto(draft, job);
    await writeFile(join(draft, "image.json"), `${JSON.stringify(imported.record, null, 2)}\n`, { mode: 0o600 });
    requireFree(job);
    await rename(draft, join(job.images, job.name));
    return imported;
  } catch (error) {
    // The draft goes away: df(1) would not find it.
    const isFull = error instanceof TarrError && error.code === "disk-full";
    throw isFull ? new TarrError("disk-full", { path: job.images }, error) : error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** @throws TarrError `image-exists` */
export function requireFree({ images, name }: Pick<Import, "images" | "name">): void {
  if (existsSync(join(images, name))) throw new TarrError("image-exists", { name });
}

/** Removes what an import left that was ended by force. */
async function sweep(images: string): Promise<void> {
  for (const name of await readdir(images)) {
    const pid = /^\.import-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`))
      await rm(join(images, name), { recursive: true, force: true });
  }
}

async function importInto(draft: string, job: Import): Promise<Imported> {
  const opened = await openPacked(job.path, job.source);
  const { format } = opened;
  switch (format) {
    case "qcow2":
    case "raw":
    case "vdi":
    case "vmdk":
      return importParts(draft, job, () => Promise.resolve({ disk: job.path, memory: null, user: null }));
    case "tar":
      return importArchive(draft, job, opened.read);
    case "iso":
      throw new TarrError("image-installer", { path: job.source });
    case "vmdk-descriptor":
      throw new TarrError("image-refers", { path: job.source, other: "extent" });
    case "bzip2":
    case "gzip":
    case "xz":
    case "zstd":
    case "unknown":
      throw new TarrError("image-format", { path: job.source });
  }
}

/** A disk among what is taken out first, into a folder that goes away again. */
async function importParts(
  draft: string,
  job: Import,
  take: (folder: string) => Promise<Appliance>,
): Promise<Imported> {
  const folder = join(draft, "parts");
  await mkdir(folder, { mode: 0o700 });
  const { disk, memory, user } = await take(folder);
  const opened = await openPacked(disk, job.source);
  const { format } = opened;
  if (format === "vmdk-descriptor") throw new TarrError("image-refers", { path: job.source, other: "extent" });
  if (format !== "vmdk" && format !== "vdi" && format !== "qcow2" && format !== "raw") {
    throw new TarrError("image-format", { path: job.source });
  }
  const path = opened.compression === null ? disk : join(folder, "disk");
  if (opened.compression !== null) {
    job.report({ phase: "unpack", detail: basename(job.source) });
    await writeSparse(opened.read(), path, job.source);
  }
  const imported = await importDisk(draft, job, { path, format, memory, user });
  await rm(folder, { recursive: true });
  return imported;
}

type Source = {
  readonly path: string;
  readonly format: DiskFormat;
  readonly memory: number | null;
  readonly user: string | null;
};

async function importDisk(draft: string, job: Import, source: Source): Promise<Imported> {
  const name = job.source;
  await checkDisk(source.path, source.format, name);
  const tell = everyTenth((percent) => job.report({ phase: "convert", detail: `${percent} %` }));
  await convertDisk({ ...source, name }, { folder: draft, file: files.disk }, tell);
  const firmware = await firmwareOf(draft, files.disk, name);
  const disk = { file: files.disk, sha256: await checksumOf(join(draft, files.disk), "sha256") };
  const record: DiskImage = {
    ...recordOf(job, process.arch === "arm64" ? "aarch64" : "x86_64"),
    ...{ disk, firmware, firstBoot: job.user === null ? "none" : "cloud-init" },
    ...{ user: job.user ?? source.user ?? "root" },
    ...{ system: job.system ?? source.format, memory: source.memory ?? usualMemory },
  };
  return { record, kernelUnused: false, leftOut: 0 };
}

type Read = () => AsyncIterable<Uint8Array>;

async function importArchive(draft: string, job: Import, read: Read): Promise<Imported> {
  switch (await archiveKind(read(), job.source)) {
    case "bundle":
      return importBundle(draft, job, read);
    case "tree":
      return importTree(draft, job, read);
    case "appliance":
      job.report({ phase: "unpack", detail: basename(job.source) });
      return importParts(draft, job, (folder) => openAppliance(read(), folder, job.source));
  }
}

async function importBundle(draft: string, job: Import, read: Read): Promise<Imported> {
  job.report({ phase: "check", detail: basename(job.source) });
  const record = await openBundle(read(), draft, job.source);
  if (record.format === 2 && record.disk !== null) {
    const path = join(draft, record.disk.file);
    if (formatOf(await readHead(path, headBytes)) !== "qcow2")
      throw new TarrError("bundle-broken", { path: job.source });
    await checkDisk(path, "qcow2", job.source);
  }
  if (record.format === 2 && record.tree !== null) {
    const archive = unpacked(join(draft, record.tree.file), "zstd");
    for await (const entry of rootEntries(archive, job.source, nothingSeen())) await passOver(entry.body);
  }
  if (partsOf(record).length === 0) throw new TarrError("bundle-broken", { path: job.source });
  return { record: { ...record, name: job.name }, kernelUnused: false, leftOut: 0 };
}

async function importTree(draft: string, job: Import, read: Read): Promise<Imported> {
  job.report({ phase: "check", detail: basename(job.source) });
  const seen = nothingSeen();
  const entries = rootEntries(read(), job.source, seen);
  const sha256 = await writeSummed(writeTar(entries), join(draft, files.tree), { compress: true });
  const record: DiskImage = {
    ...recordOf(job, seen.architecture ?? (process.arch === "arm64" ? "aarch64" : "x86_64")),
    ...{ tree: { file: files.tree, sha256 }, firstBoot: seen.hasCloudInit ? "cloud-init" : "none" },
    ...{ user: job.user ?? "root", system: seen.system || "Linux", memory: usualMemory },
  };
  return { record, kernelUnused: seen.hasKernel, leftOut: seen.leftOut };
}

function nothingSeen(): Seen {
  return { system: "", architecture: null, hasKernel: false, hasCloudInit: false, leftOut: 0 };
}

function recordOf({ name }: Import, architecture: DiskImage["architecture"]) {
  const built = new Date().toISOString();
  return { format: 2 as const, name, architecture, disk: null, tree: null, firmware: [], built };
}

/** Progress that can be read: 10, 20, ... */
export function everyTenth(report: (percent: string) => void): (percent: string) => void {
  let told = 0;
  return (percent) => {
    const tenth = Math.floor(Number(percent) / 10) * 10;
    if (tenth <= told) return;
    told = tenth;
    report(String(tenth));
  };
}
