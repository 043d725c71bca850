import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { TarrError } from "../../error.ts";
import type { Argv } from "../../host/command.ts";
import { mustRun } from "../../host/command.ts";
import { fullTold, mostDiskBytes, readHead, requireRoom } from "./bytes.ts";
import type { DiskFormat } from "./formats.ts";
import { firmwareIn, headBytes, otherFileOf, tableBytes } from "./formats.ts";

const gibibyte = 1024 ** 3;
const convertPatience = 3_600_000;

const sizeShape = v.object({ "virtual-size": v.number() });
const measureShape = v.object({ required: v.number() });

/**
 * qemu-img(1) reads what strangers wrote: as the user, with little memory and time, as OpenStack does (CVE-2015-5162). A
 * format is always given, so that a disk's content is never taken for another format's header.
 */
function qemuImg(seconds: number, ...words: readonly string[]): Argv {
  return ["prlimit", `--as=${2 * gibibyte}`, `--cpu=${seconds}`, "--core=0", "--", "qemu-img", ...words];
}

/** As QEMU's options: no part of a path is read as a protocol, and nothing behind the disk is opened. */
function sourceWords(path: string, format: DiskFormat): string {
  const backing = format === "raw" ? {} : { backing: null };
  return `json:${JSON.stringify({ driver: format, ...backing, file: { driver: "file", filename: path } })}`;
}

/** @throws TarrError `image-refers`, `image-too-large`, `image-broken` */
export async function checkDisk(path: string, format: DiskFormat, name: string): Promise<void> {
  const other = otherFileOf(format, await readHead(path, headBytes));
  if (other !== null) throw new TarrError("image-refers", { path: name, other });
  const size = parsed(
    sizeShape,
    await ask(qemuImg(30, "info", "-U", "--output=json", sourceWords(path, format)), name),
  );
  if (size["virtual-size"] > mostDiskBytes) throw new TarrError("image-too-large", { path: name, most: "2 TiB" });
}

/**
 * A checked disk as qcow2, whole and of our own writing.
 *
 * @throws TarrError `disk-full`, `image-broken`
 */
export async function convertDisk(
  disk: { readonly path: string; readonly format: DiskFormat; readonly name: string },
  target: { readonly folder: string; readonly file: string },
  report: (percent: string) => void,
): Promise<void> {
  const source = sourceWords(disk.path, disk.format);
  const measured = await ask(qemuImg(300, "measure", "-U", "--output=json", "-O", "qcow2", source), disk.name);
  await requireRoom(target.folder, parsed(measureShape, measured).required);
  const path = join(target.folder, target.file);
  const argv = qemuImg(3_600, "convert", "-U", "-p", "-O", "qcow2", source, path);
  const onOutput = (text: string) => {
    const percent = [...text.matchAll(/\((\d+)\.\d+\/100%\)/g)].at(-1)?.[1];
    if (percent !== undefined) report(percent);
  };
  await fullTold(target.folder, () => mustRun(argv, { timeout: convertPatience, onOutput })).catch((error: unknown) => {
    throw broken(error, disk.name);
  });
}

/** Which firmware starts it. @throws TarrError `image-no-boot` */
export async function firmwareOf(folder: string, file: string, name: string) {
  const path = join(folder, "table");
  try {
    // dd of qemu-img reads whole blocks, and writes up to the end of the disk when that is nearer.
    const words = ["dd", "-f", "qcow2", "-O", "raw", `bs=${tableBytes}`, "count=1", `if=${join(folder, file)}`];
    await ask(qemuImg(30, ...words, `of=${path}`), name);
    const table = Buffer.concat([await readFile(path), Buffer.alloc(tableBytes)]).subarray(0, tableBytes);
    const firmware = firmwareIn(table);
    if (firmware.length === 0) throw new TarrError("image-no-boot", { path: name });
    return [...firmware];
  } finally {
    await rm(path, { force: true });
  }
}

async function ask(argv: Argv, name: string): Promise<string> {
  return mustRun(argv, { timeout: 300_000 }).catch((error: unknown) => {
    throw broken(error, name);
  });
}

function broken(error: unknown, name: string): unknown {
  if (!(error instanceof TarrError)) return error;
  if (error.code === "command-missing") return new TarrError("qemu-img-missing", {}, error);
  if (error.code !== "command-failed") return error;
  const said = error.values["said"] ?? "";
  // prlimit's own complaint when the program behind it is not there.
  if (/failed to execute qemu-img/.test(said)) return new TarrError("qemu-img-missing", {}, error);
  return new TarrError("image-broken", { path: name, said: said.split("\n").at(-1) ?? "" }, error);
}

function parsed<T>(shape: v.GenericSchema<unknown, T>, text: string): T {
  return v.parse(shape, JSON.parse(text));
}
