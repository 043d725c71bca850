import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { open, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pipeline as chain } from "node:stream";
import { createGunzip, createZstdCompress, createZstdDecompress } from "node:zlib";
import { TarrError } from "../../error.ts";
import { openLine } from "../../host/command.ts";
import { writeRefusal } from "../../host/files.ts";
import type { Compression } from "./formats.ts";

export type Algorithm = "sha1" | "sha256" | "sha512";
export type Checksum = { readonly algorithm: Algorithm; readonly hex: string };

/** @throws TarrError `checksum-invalid` */
export function parseSha256(text: string): Checksum {
  if (!/^[0-9a-fA-F]{64}$/.test(text)) throw new TarrError("checksum-invalid", { value: text.slice(0, 80) });
  return { algorithm: "sha256", hex: text.toLowerCase() };
}

export async function checksumOf(path: string, algorithm: Algorithm): Promise<string> {
  const hash = createHash(algorithm);
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) hash.update(piece);
  return hash.digest("hex");
}

/** @throws TarrError `checksum-wrong` */
export async function verify(path: string, wanted: Checksum, name: string): Promise<void> {
  const found = await checksumOf(path, wanted.algorithm);
  if (found !== wanted.hex) throw new TarrError("checksum-wrong", { path: name, wanted: wanted.hex, found });
}

/** The size of a regular file; a pipe would never end, a device is no file of the user's. */
export async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch((error: unknown) => {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new TarrError("image-source", { path, reason }, error);
  });
  if (!found.isFile()) throw new TarrError("image-source", { path, reason: "no regular file" });
  return found.size;
}

/** The first bytes, filled with zeros where the file is shorter. */
export async function readHead(path: string, count: number): Promise<Buffer> {
  const file = await open(path, "r").catch((error: unknown) => {
    throw new TarrError("image-source", { path, reason: reasonOf(error) }, error);
  });
  try {
    const head = Buffer.alloc(count);
    await file.read(head, 0, count, 0);
    return head;
  } finally {
    await file.close();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

/** xz asks for as much memory as its file says. */
const xzWords = ["xz", "--decompress", "--stdout", "--quiet", "--quiet", "--memlimit-decompress=512MiB"] as const;

export function unpacked(path: string, compression: Compression | null): AsyncIterable<Uint8Array> {
  const file = createReadStream(path);
  const unheard = () => undefined;
  switch (compression) {
    case null:
      return file;
    case "gzip":
      return chain(file, createGunzip(), unheard);
    case "zstd":
      return chain(file, createZstdDecompress(), unheard);
    case "xz": {
      const line = openLine(xzWords);
      chain(file, line.input, unheard);
      return line.output;
    }
  }
}

/** Writes a file that is not there yet, and tells its checksum. @throws TarrError `disk-full`, `file-unwritable` */
export async function writeSummed(
  bytes: AsyncIterable<Uint8Array>,
  path: string,
  how: { readonly compress?: boolean; readonly algorithm?: Algorithm } = {},
): Promise<string> {
  const hash = createHash(how.algorithm ?? "sha256");
  const sum = new Transform({
    transform(piece: Buffer, _, next) {
      hash.update(piece);
      next(null, piece);
    },
  });
  const target = createWriteStream(path, { flags: "wx", mode: 0o600 });
  const source = Readable.from(bytes, { objectMode: false });
  await fullTold(path, () =>
    how.compress === true ? pipeline(source, createZstdCompress(), sum, target) : pipeline(source, sum, target),
  );
  return hash.digest("hex");
}

/** A full disk is told with the folder of `path`, which is taken away again; a place that may not be written, as such. */
export async function fullTold<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const said = error instanceof TarrError ? (error.values["said"] ?? "") : "";
    if (/No space left on device|Disk quota exceeded/.test(said))
      throw new TarrError("disk-full", { path: dirname(path) }, error);
    throw writeRefusal(error, path, dirname(path)) ?? error;
  }
}

/** @throws TarrError `disk-full` when there is clearly no room */
export async function requireRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bytes > bavail * bsize) throw new TarrError("disk-full", { path: folder });
}
