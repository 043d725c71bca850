import { gunzipSync } from "node:zlib";
import type { Entry } from "./cpio.ts";

const headerLength = 110;
const kindMask = 0o170000;
const modeMask = 0o7777;

/**
 * Reads an archive as `cpio.ts` writes it ("newc" of cpio(5)): folders, files and links. Device nodes and the like are
 * left out: an ordinary user cannot make them.
 *
 * @returns where the archive ends
 * @throws Error when it is no such archive, or is cut off
 */
export function* readCpio(archive: Buffer): Generator<Entry, number> {
  let offset = 0;
  for (;;) {
    const header = archive.toString("latin1", offset, offset + headerLength);
    if (!/^07070[12][0-9a-fA-F]{104}$/.test(header)) throw new Error(`no member of a cpio archive at byte ${offset}`);
    const number = (index: number) => Number.parseInt(header.slice(6 + 8 * index, 14 + 8 * index), 16);
    const [mode, size, nameSize] = [number(1), number(6), number(11)];
    const start = padded(offset + headerLength + nameSize);
    const end = start + size;
    if (nameSize === 0 || end > archive.length) throw new Error("the cpio archive is cut off");
    const path = archive.toString("utf8", offset + headerLength, offset + headerLength + nameSize - 1);
    if (path === "TRAILER!!!") return padded(end);
    const entry = entryOf({ path: path.replace(/^(\.?\/)+/, ""), mode }, archive.subarray(start, end));
    if (entry !== null) yield entry;
    offset = padded(end);
  }
}

/**
 * What the kernel makes of an image's initrd: the packed programs, if there are any, and the gzipped rest behind them.
 *
 * @throws Error as `readCpio`
 */
export function* readInitrd(initrd: Buffer): Generator<Entry> {
  const start = initrd.toString("latin1", 0, 4) === "0707" ? yield* readCpio(initrd) : 0;
  yield* readCpio(gunzipSync(initrd.subarray(start)));
}

function entryOf({ path, mode }: { path: string; mode: number }, data: Buffer): Entry | null {
  if (path === "" || path === ".") return null;
  switch (mode & kindMask) {
    case 0o040000:
      return { type: "directory", path, mode: mode & modeMask };
    case 0o100000:
      return { type: "file", path, mode: mode & modeMask, data };
    case 0o120000:
      return { type: "link", path, target: data.toString("utf8") };
    default:
      return null;
  }
}

function padded(offset: number): number {
  return (offset + 3) & ~3;
}
