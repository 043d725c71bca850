import { TarrError } from "../../error.ts";
import type { TarEntry, TarHeader } from "./tar.ts";
import { readTar } from "./tar.ts";

/** What was seen of a root file system while its archive was read. */
export type Seen = {
  system: string;
  architecture: "x86_64" | "aarch64" | null;
  hasKernel: boolean;
  hasCloudInit: boolean;
  /** Devices and pipes that were left out: a container gets its own. */
  leftOut: number;
};

/** The ids that a user's container has (subuid(5)). */
const mostId = 65_535;
const mostEntries = 2_000_000;
/** A name of a file system's, by what Linux takes. */
const mostPath = 4_096;

/**
 * The entries of an archive as a root file system may have them: each below the root, in a folder that is one, once. An
 * absolute link is inside, since only the container follows it. Devices are left out where a system has them.
 *
 * @throws TarrError `archive-*`
 */
export async function* rootEntries(
  archive: AsyncIterable<Uint8Array>,
  name: string,
  seen: Seen,
): AsyncGenerator<TarEntry> {
  const known = new Map<string, TarHeader["kind"]>();
  for await (const entry of readTar(archive, name)) {
    const path = pathIn(entry.path, name);
    if (path === "") continue;
    if (known.size > mostEntries) throw new TarrError("archive-entry", { path: name, entry: path });
    for (const folder of missingFolders(path, known, name)) {
      known.set(folder, "directory");
      yield { ...emptyFolder, path: folder };
    }
    if (known.get(path) === "directory" && entry.kind === "directory") continue;
    const link = entry.kind === "hardlink" ? pathIn(entry.link, name) : entry.link;
    requirePlain({ ...entry, path, link }, known, name);
    if (isSpecial(entry)) {
      seen.leftOut += 1;
      continue;
    }
    known.set(path, entry.kind === "hardlink" ? "file" : entry.kind);
    yield { ...entry, path, link, body: look({ ...entry, path }, seen) };
  }
  if (!["usr", "bin", "etc"].some((folder) => known.has(folder)))
    throw new TarrError("archive-no-root", { path: name });
}

/** @throws TarrError `archive-twice`, `archive-ids`, `archive-device`, `archive-link` */
function requirePlain(entry: TarHeader, known: ReadonlyMap<string, TarHeader["kind"]>, name: string): void {
  const refuse = { path: name, entry: entry.path };
  if (known.has(entry.path)) throw new TarrError("archive-twice", refuse);
  if (entry.uid > mostId || entry.gid > mostId) throw new TarrError("archive-ids", refuse);
  if (isSpecial(entry) && entry.kind !== "fifo" && !entry.path.startsWith("dev/")) {
    throw new TarrError("archive-device", refuse);
  }
  if (entry.kind === "hardlink" && known.get(entry.link) !== "file") throw new TarrError("archive-link", refuse);
}

function isSpecial({ kind }: TarHeader): boolean {
  return kind === "character" || kind === "block" || kind === "fifo";
}

const emptyFolder: TarEntry = {
  ...{ path: "", kind: "directory", mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0, link: "" },
  body: (async function* () {})(),
};

/** @throws TarrError `archive-outside` for what is absolute or leads up */
function pathIn(written: string, name: string): string {
  const parts = written.split("/").filter((part) => part !== "." && part !== "");
  const isOdd = parts.includes("..") || written.startsWith("/") || written.length > mostPath || written.includes("\0");
  if (isOdd) throw new TarrError("archive-outside", { path: name, entry: written });
  return parts.join("/");
}

/** Folders that the archive takes for granted. @throws TarrError `archive-link` when one is a link, or a file */
function missingFolders(path: string, known: ReadonlyMap<string, string>, name: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  const folders = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
  if (folders.some((folder) => (known.get(folder) ?? "directory") !== "directory")) {
    throw new TarrError("archive-link", { path: name, entry: path });
  }
  return folders.filter((folder) => !known.has(folder));
}

/** Passes a file on, and remembers what it tells about the system. */
async function* look(entry: TarEntry, seen: Seen): AsyncGenerator<Buffer> {
  if (/^boot\/vmlinuz-/.test(entry.path)) seen.hasKernel = true;
  if (entry.path === "usr/bin/cloud-init") seen.hasCloudInit = true;
  const wanted = /^(?:etc|usr\/lib)\/os-release$/.test(entry.path) ? 16_384 : 20;
  let head = Buffer.alloc(0);
  for await (const piece of entry.body) {
    if (head.length < wanted) head = Buffer.concat([head, piece]).subarray(0, wanted);
    yield piece;
  }
  if (wanted > 20) seen.system ||= prettyName(head.toString("utf8"));
  if (/(^|\/)s?bin\//.test(entry.path)) seen.architecture ??= machineOf(head);
}

function prettyName(osRelease: string): string {
  return /^PRETTY_NAME="?([^"\n]{1,80})/m.exec(osRelease)?.[1] ?? "";
}

/** `e_machine` of elf(5). */
function machineOf(head: Buffer): Seen["architecture"] {
  if (head.length < 20 || head.toString("latin1", 0, 4) !== "\x7fELF") return null;
  const machine = head.readUInt16LE(18);
  return machine === 62 ? "x86_64" : machine === 183 ? "aarch64" : null;
}
