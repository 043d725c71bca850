import { createReadStream, createWriteStream } from "node:fs";
import { readFile, rm, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import { pipeline } from "node:stream/promises";
import * as v from "valibot";
import { TarrError } from "../../error.ts";
import { isShadow, partsIn } from "./archive.ts";
import { checksumOf, fullTold, readHead, writeSparse } from "./bytes.ts";
import type { Format } from "./formats.ts";
import { formatOf, headBytes } from "./formats.ts";
import type { Reference } from "./ovf.ts";
import { descriptorIn, manifestIn } from "./ovf.ts";
import type { TarEntry } from "./tar.ts";
import { readTar } from "./tar.ts";

/** The one disk of an appliance, taken out; the memory it asks for (MiB), and the account that is in it, where known. */
export type Appliance = { readonly disk: string; readonly memory: number | null; readonly user: string | null };

/** What was taken out, and where it lies, by its path in the archive. */
type Parts = ReadonlyMap<string, string>;

/** Descriptors, manifests and certificates are read whole. */
const mostText = 4 * 1024 * 1024;

/**
 * Takes an appliance apart, and compares its files with its manifest: an OVA (OVF, DSP0243 §7), a Vagrant box, or a disk
 * that somebody packed. The standard wants the descriptor first and no folders; what tar(1) makes of the same files is
 * as good.
 *
 * @param folder an empty one
 * @throws TarrError `archive-*`, `checksum-wrong`, `image-disks`, `image-part-missing`, `image-box`
 */
export async function openAppliance(
  archive: AsyncIterable<Uint8Array>,
  folder: string,
  name: string,
): Promise<Appliance> {
  const parts = new Map<string, string>();
  for await (const entry of readTar(archive, name)) {
    const path = partPath(entry, name);
    if (path === null) continue;
    if (parts.has(path)) throw new TarrError("archive-twice", { path: name, entry: entry.path });
    const place = join(folder, `part${parts.size}`);
    parts.set(path, place);
    await writeSparse(entry.body, place, name);
  }
  await requireSums(parts, name);
  const descriptor = placeOf(parts, /\.ovf$/i);
  if (descriptor === null) return openBox(parts, name);
  const { disks, memory } = descriptorIn(await readFile(descriptor.place, "utf8"));
  const [disk, ...others] = disks;
  if (disk === undefined || others.length > 0) {
    throw new TarrError("image-disks", { path: name, count: String(disks.length) });
  }
  const beside = posix.dirname(descriptor.path);
  const user = placeOf(parts, /(?:^|\/)metadata\.json$/) === null ? null : "vagrant";
  return { disk: await wholeFile(parts, { ...disk, beside, name }), memory, user };
}

/** Null for what is left out. @throws TarrError `archive-outside`, `archive-link`, `archive-device`, `archive-entry` */
function partPath(entry: TarEntry, name: string): string | null {
  const refuse = { path: name, entry: entry.path };
  const parts = partsIn(entry.path);
  if (entry.path.startsWith("/") || parts.includes("..") || /\0/.test(entry.path)) {
    throw new TarrError("archive-outside", refuse);
  }
  if (entry.kind === "directory" || isShadow(parts.at(-1) ?? "")) return null;
  if (entry.kind === "symlink" || entry.kind === "hardlink") throw new TarrError("archive-link", refuse);
  if (entry.kind !== "file") throw new TarrError("archive-device", refuse);
  const isText = /\.(?:ovf|mf|cert)$|(?:^|\/)metadata\.json$/i.test(entry.path);
  if (isText && entry.size > mostText) throw new TarrError("archive-entry", refuse);
  return parts.join("/");
}

/** The one that lies nearest to the top. */
function placeOf(parts: Parts, ending: RegExp): { readonly path: string; readonly place: string } | null {
  const found = [...parts].filter(([path]) => ending.test(path));
  const [path, place] = found.sort(([one], [other]) => partsIn(one).length - partsIn(other).length)[0] ?? [];
  return path === undefined || place === undefined ? null : { path, place };
}

/** @throws TarrError `checksum-wrong`, `image-part-missing` */
async function requireSums(parts: Parts, name: string): Promise<void> {
  const manifest = placeOf(parts, /\.mf$/i);
  if (manifest === null) return;
  for (const { file, algorithm, hex } of manifestIn(await readFile(manifest.place, "utf8"))) {
    const place = findPart(parts, posix.dirname(manifest.path), file);
    if (place === null) throw new TarrError("image-part-missing", { path: name, part: file });
    const found = await checksumOf(place, algorithm);
    if (found !== hex) throw new TarrError("checksum-wrong", { path: file, wanted: hex, found });
  }
}

/** A descriptor writes a name as an address (RFC 3986), or as it is. */
function findPart(parts: Parts, beside: string, href: string): string | null {
  const names = [href, decoded(href)].map((name) => posix.join(beside, name));
  return names.flatMap((name) => parts.get(name) ?? [])[0] ?? null;
}

function decoded(href: string): string {
  try {
    return decodeURIComponent(href);
  } catch {
    return href;
  }
}

type Wanted = Reference & { readonly beside: string; readonly name: string };

/** A file, put together of its chunks where it has any (DSP0243 §7.1). @throws TarrError `image-part-missing` */
async function wholeFile(parts: Parts, { href, bytes, beside, name }: Wanted): Promise<string> {
  const place = findPart(parts, beside, href);
  if (place !== null) return place;
  const chunk = (index: number) => `${href}.${String(index).padStart(9, "0")}`;
  const whole = findPart(parts, beside, chunk(0));
  if (whole === null) throw new TarrError("image-part-missing", { path: name, part: href });
  let index = 1;
  for (;;) {
    const next = findPart(parts, beside, chunk(index));
    if (next === null) break;
    const target = createWriteStream(whole, { flags: "a" });
    await fullTold(whole, () => pipeline(createReadStream(next), target));
    await rm(next);
    index += 1;
  }
  if (bytes !== null && (await stat(whole)).size < bytes) {
    throw new TarrError("image-part-missing", { path: name, part: chunk(index) });
  }
  return whole;
}

/** Vagrant's description of a box; libvirt's names its disks, in either of two ways. */
const boxShape = v.object({
  provider: v.fallback(v.string(), ""),
  disks: v.fallback(v.array(v.object({ path: v.string() })), []),
});

/** A disk without a descriptor, in a Vagrant box or alone. @throws TarrError `image-box`, `image-disks`, `image-refers` */
async function openBox(parts: Parts, name: string): Promise<Appliance> {
  const metadata = placeOf(parts, /(?:^|\/)metadata\.json$/);
  const box = metadata === null ? null : boxIn(await readFile(metadata.place, "utf8"));
  const named = box?.disks ?? [];
  const beside = posix.dirname(metadata?.path ?? ".");
  if (named.length > 1) throw new TarrError("image-disks", { path: name, count: String(named.length) });
  for (const { path } of named) {
    return { disk: await wholeFile(parts, { href: path, bytes: null, beside, name }), memory: null, user: "vagrant" };
  }
  const held = await Promise.all([...parts].map(async ([path, place]) => ({ path, place, is: await formatIn(place) })));
  if (held.some(({ is }) => is === "vmdk-descriptor"))
    throw new TarrError("image-refers", { path: name, other: "extent" });
  const disks = held.filter(({ path, is }) => isDisk(is) || (is !== "iso" && diskName.test(path)));
  const [disk] = disks;
  if (disk !== undefined && disks.length === 1) {
    return { disk: disk.place, memory: null, user: box === null ? null : "vagrant" };
  }
  if (box !== null && disks.length === 0) throw new TarrError("image-box", { path: name, provider: box.provider });
  throw new TarrError("image-disks", { path: name, count: String(disks.length) });
}

const diskName = /\.(?:vmdk|vdi|qcow2|img|raw)(?:\.\w{2,3})?$/i;

function isDisk(format: Format): boolean {
  return format === "qcow2" || format === "vmdk" || format === "vdi" || format === "raw";
}

async function formatIn(place: string): Promise<Format> {
  return formatOf(await readHead(place, headBytes));
}

function boxIn(text: string): v.InferOutput<typeof boxShape> {
  try {
    return v.parse(boxShape, JSON.parse(text));
  } catch {
    return { provider: "", disks: [] };
  }
}
