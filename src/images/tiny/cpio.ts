/**
 * Writes the archive the kernel unpacks as its first file system ("newc" of cpio(5)). Written here and not by cpio(1)
 * so that an ordinary user gets files that belong to root, and modes that do not depend on the umask.
 */
export type Entry =
  | { readonly type: "directory"; readonly path: string; readonly mode?: number }
  | { readonly type: "file"; readonly path: string; readonly mode?: number; readonly data: Uint8Array | string }
  | { readonly type: "link"; readonly path: string; readonly target: string };

const kinds = { directory: 0o040000, file: 0o100000, link: 0o120000 } as const;
const defaultModes = { directory: 0o755, file: 0o644, link: 0o777 } as const;

export function packCpio(entries: readonly Entry[]): Uint8Array {
  const pieces: Buffer[] = [];
  let inode = 1;
  for (const entry of [...withParents(entries), trailer]) {
    pieces.push(...member(entry, inode));
    inode += 1;
  }
  return Buffer.concat(pieces);
}

const trailer: Entry = { type: "file", path: "TRAILER!!!", mode: 0, data: "" };

/** The kernel skips, without a word, a file whose directory has not come before it. */
export function withParents(entries: readonly Entry[]): Entry[] {
  const seen = new Set<string>();
  const result: Entry[] = [];
  for (const entry of entries) {
    for (const parent of parents(entry.path)) {
      if (!seen.has(parent)) result.push({ type: "directory", path: parent });
      seen.add(parent);
    }
    if (!seen.has(entry.path)) result.push(entry);
    seen.add(entry.path);
  }
  return result;
}

function parents(path: string): string[] {
  const names = path.split("/").slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join("/"));
}

function member(entry: Entry, inode: number): Buffer[] {
  const data = content(entry);
  const mode =
    kinds[entry.type] | (entry.type === "link" ? defaultModes.link : (entry.mode ?? defaultModes[entry.type]));
  const name = Buffer.from(`${entry.path}\0`);
  const links = entry.type === "directory" ? 2 : 1;
  // inode mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
  const numbers = [inode, mode, 0, 0, links, 0, data.length, 0, 0, 0, 0, name.length, 0];
  const header = Buffer.from(`070701${numbers.map((number) => number.toString(16).padStart(8, "0")).join("")}`);
  return [header, name, padding(header.length + name.length), data, padding(data.length)];
}

function content(entry: Entry): Buffer {
  if (entry.type === "directory") return Buffer.alloc(0);
  return Buffer.from(entry.type === "link" ? entry.target : entry.data);
}

function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4);
}
