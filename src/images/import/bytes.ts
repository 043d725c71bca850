import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pipeline as chain } from "node:stream";
import { createGunzip, createZstdCompress, createZstdDecompress } from "node:zlib";
import { TarrError } from "../../error.ts";
import type { Argv } from "../../host/command.ts";
import { openLine } from "../../host/command.ts";
import { writeRefusal } from "../../host/files.ts";
import type { Compression } from "./formats.ts";
import { wholeFrames } from "./zstd.ts";

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
const bzip2Words = ["bzip2", "--decompress", "--stdout", "--quiet"] as const;

export function unpacked(path: string, compression: Compression | null): AsyncIterable<Uint8Array> {
  const file = createReadStream(path);
  const unheard = () => undefined;
  switch (compression) {
    case null:
      return file;
    case "gzip":
      return chain(file, createGunzip(), unheard);
    case "zstd":
      return chain(Readable.from(wholeFrames(file), { objectMode: false }), createZstdDecompress(), unheard);
    case "bzip2":
      return through(bzip2Words, file);
    case "xz":
      return through(xzWords, file);
  }
}

async function* through(argv: Argv, file: Readable): AsyncGenerator<Uint8Array> {
  const line = openLine(argv, "ignore");
  chain(file, line.input, () => undefined);
  try {
    yield* line.output as AsyncIterable<Uint8Array>;
    const status = await line.ended;
    if (status !== 0) throw new Error(`${argv[0]}: ${status}`);
  } finally {
    file.destroy();
    line.close();
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

/**
 * Writes a disk that is not there yet, and leaves holes where it is empty: a few MiB of packed zeros are a disk that no
 * computer has room for.
 *
 * @throws TarrError `image-too-large`, `disk-full`, `file-unwritable`
 */
export async function writeSparse(bytes: AsyncIterable<Uint8Array>, path: string, name: string): Promise<void> {
  const file = await fullTold(path, () => open(path, "wx", 0o600));
  try {
    let size = 0;
    for await (const piece of bytes) {
      if (size + piece.length > mostDiskBytes) throw new TarrError("image-too-large", { path: name, most: "2 TiB" });
      const at = size;
      if (!isEmpty(piece)) await fullTold(path, () => writeAt(file, { piece, at }));
      size += piece.length;
    }
    await fullTold(path, () => file.truncate(size));
  } finally {
    await file.close();
  }
}

/** A disk larger than that is a lie, or nobody's on a student's computer. */
export const mostDiskBytes = 2048 * 1024 ** 3;
const zeros = Buffer.alloc(64 * 1024);

function isEmpty(piece: Uint8Array): boolean {
  for (let at = 0; at < piece.length; at += zeros.length) {
    const part = piece.subarray(at, at + zeros.length);
    if (zeros.compare(part, 0, part.length, 0, part.length) !== 0) return false;
  }
  return true;
}

async function writeAt(file: FileHandle, { piece, at }: { readonly piece: Uint8Array; readonly at: number }) {
  for (let done = 0; done < piece.length;) {
    const { bytesWritten } = await file.write(piece, done, piece.length - done, at + done);
    done += bytesWritten;
  }
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
