import { createReadStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import * as v from "valibot";
import { TarrError } from "../../error.ts";
import type { ImageRecord } from "../record.ts";
import { imageRecord, readImageRecord } from "../record.ts";
import { checksumOf, writeSummed } from "./bytes.ts";
import type { TarEntry } from "./tar.ts";
import { readTar, writeTar } from "./tar.ts";

/** The first file of an exported image, by which it is known; the image's own files follow. */
export const bundleMark = "tarr-steps-image.json";
const mostText = 1024 * 1024;

/** Names of files that lie beside each other, and nothing else. */
const fileName = v.pipe(v.string(), v.regex(/^[a-zA-Z0-9][\w.+-]{0,100}$/));
const bundleShape = v.object({
  format: v.literal("tarr-steps-image"),
  version: v.literal(1),
  record: imageRecord,
  parts: v.array(v.object({ file: fileName, size: v.number(), sha256: v.string() })),
});
type Bundle = v.InferOutput<typeof bundleShape>;

export function partsOf(record: ImageRecord): readonly string[] {
  const files =
    record.format === 1
      ? [record.initrd, record.kernel, record.packedKernel]
      : [record.disk, record.tree].flatMap((part) => part?.file ?? []);
  return [...new Set(files)].sort();
}

/**
 * Writes an image as one file that another computer imports. The same image gives the same bytes; nobody's name is in it.
 *
 * @throws TarrError `image-exists-not`, `image-damaged`, `file-exists`, `checksum-wrong`, `disk-full`, `file-unwritable`
 */
export async function exportImage(folder: string, target: string): Promise<void> {
  const record = await readImageRecord(folder);
  if ((await stat(target).catch(() => null)) !== null) throw new TarrError("file-exists", { path: target });
  const parts = await Promise.all(
    partsOf(record).map(async (file) => {
      const path = join(folder, file);
      const { size } = await stat(path).catch((error: unknown) => {
        throw new TarrError("image-damaged", { name: basename(folder), path }, error);
      });
      return { file, size, sha256: await checksumOf(path, "sha256") };
    }),
  );
  requireTrue(record, parts);
  const bundle: Bundle = { format: "tarr-steps-image", version: 1, record, parts };
  const draft = `${target}.part`;
  try {
    await rm(draft, { force: true });
    await writeSummed(writeTar(entriesOf(bundle, folder)), draft);
    await rename(draft, target);
  } finally {
    await rm(draft, { force: true });
  }
}

function* entriesOf(bundle: Bundle, folder: string): Generator<TarEntry> {
  const plain = { kind: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, link: "" } as const;
  const text = Buffer.from(`${JSON.stringify(bundle, null, 1)}\n`);
  yield { ...plain, path: bundleMark, size: text.length, body: Readable.from([text]) as AsyncIterable<Buffer> };
  for (const { file, size } of bundle.parts) {
    yield { ...plain, path: file, size, body: createReadStream(join(folder, file)) as AsyncIterable<Buffer> };
  }
}

/** What the record promises is what lies there. @throws TarrError `checksum-wrong` */
function requireTrue(record: ImageRecord, parts: Bundle["parts"]): void {
  if (record.format === 1) return;
  for (const part of [record.disk, record.tree]) {
    const found = parts.find(({ file }) => file === part?.file)?.sha256 ?? "";
    if (part !== null && part.sha256 !== found) {
      throw new TarrError("checksum-wrong", { path: part.file, wanted: part.sha256, found });
    }
  }
}

/**
 * Takes an exported image apart, into an empty folder.
 *
 * @throws TarrError `bundle-broken`, `checksum-wrong`, `archive-*`, `disk-full`
 */
export async function openBundle(
  archive: AsyncIterable<Uint8Array>,
  folder: string,
  name: string,
): Promise<ImageRecord> {
  let bundle: Bundle | null = null;
  const missing = new Map<string, Bundle["parts"][number]>();
  for await (const entry of readTar(archive, name)) {
    if (bundle === null) {
      bundle = await readMark(entry, name);
      for (const part of bundle.parts) missing.set(part.file, part);
      continue;
    }
    const part = missing.get(entry.path);
    if (part === undefined || entry.kind !== "file" || entry.size !== part.size) {
      throw new TarrError("bundle-broken", { path: name });
    }
    missing.delete(entry.path);
    const found = await writeSummed(entry.body, join(folder, part.file));
    if (found !== part.sha256) throw new TarrError("checksum-wrong", { path: part.file, wanted: part.sha256, found });
  }
  if (bundle === null || missing.size > 0) throw new TarrError("bundle-broken", { path: name });
  const { record, parts } = bundle;
  const isWhole = partsOf(record).every((file) => parts.some((part) => part.file === file));
  // A second line would be a setting of its own for a boot loader.
  if (!isWhole || (record.format === 1 && /\p{C}/u.test(record.commandLine))) {
    throw new TarrError("bundle-broken", { path: name });
  }
  requireTrue(record, parts);
  return record;
}

async function readMark(entry: TarEntry, name: string): Promise<Bundle> {
  if (entry.size > mostText) throw new TarrError("bundle-broken", { path: name });
  const pieces: Buffer[] = [];
  for await (const piece of entry.body) pieces.push(piece);
  try {
    return v.parse(bundleShape, JSON.parse(Buffer.concat(pieces).toString("utf8")));
  } catch (error) {
    throw new TarrError("bundle-broken", { path: name }, error);
  }
}
