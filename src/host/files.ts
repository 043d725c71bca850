import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { access, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { TarrError } from "../error.ts";

/**
 * Writes a file so that whoever reads it sees the old or the new one, whole, whatever happens in between: a loss of
 * power must not leave an empty document behind.
 * @throws TarrError `file-unwritable`: the old file is still there, whole
 */
export async function writeWhole(path: string, text: string, mode = 0o644): Promise<void> {
  const draft = `${path}.new`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeDraft(draft, text, mode);
    await rename(draft, path);
  } catch (error) {
    // A half-written draft on a full disk would keep it full.
    await rm(draft, { force: true }).catch(() => undefined);
    const reason = error instanceof Error ? error.message : String(error);
    throw new TarrError("file-unwritable", { path, reason }, error);
  }
  await syncFolder(dirname(path));
}

async function writeDraft(draft: string, text: string, mode: number): Promise<void> {
  const file = await open(draft, "w", mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Calls by which a file is written, or a folder changed; `open` may be for reading too. */
const writingCalls =
  /^(?:open|write|mkdir|mkdtemp|rename|rm|rmdir|unlink|link|symlink|copyfile|truncate|ftruncate|chmod|fchmod|fsync)$/;
/** Those of them that cannot fail for want of what was to be read or moved. */
const makingCalls = /^(?:write|mkdir|mkdtemp|symlink)$/;

/**
 * A write that the system refused, as an error of ours: a full disk is no bug. Null for any other error, which may be one.
 *
 * @param place where it was written, as far as is known: a full disk is told without a path
 * @param folder where there is no room then; what lay deeper in it may be gone by now, and df(1) would not find it
 */
export function writeRefusal(error: unknown, place: string, folder = place): TarrError | null {
  if (!(error instanceof Error)) return null;
  const { code, syscall, path, dest } = systemFields(error);
  const where = dest || path || place;
  if (/^(?:ENOSPC|EDQUOT)$/.test(code)) return diskFull(where === place ? `${folder}/` : where, folder, error);
  const unwritable = new TarrError("file-unwritable", { path: where, reason: error.message }, error);
  // Only a write fails with these.
  if (/^(?:EROFS|EFBIG)$/.test(code)) return unwritable;
  if (path === "") return null;
  if (/^(?:EACCES|EPERM)$/.test(code)) return writingCalls.test(syscall) ? unwritable : null;
  // What was to be read and is not there may be our own mistake.
  const isWrite = makingCalls.test(syscall) || (syscall === "open" && path === place);
  return /^(?:ENOENT|ENOTDIR)$/.test(code) && isWrite ? unwritable : null;
}

function diskFull(where: string, folder: string, error: Error): TarrError {
  return new TarrError("disk-full", { path: where.startsWith(`${folder}/`) ? folder : dirname(where) }, error);
}

/** What the system adds to an error; empty where it is silent. */
function systemFields(error: Error) {
  const text = (name: string) => {
    const value: unknown = Reflect.get(error, name);
    return typeof value === "string" ? value : "";
  };
  return { code: text("code"), syscall: text("syscall"), path: text("path"), dest: text("dest") };
}

/** What a less trusted program may write is read only as a regular file of this size at most, behind no link. */
const mostBytes = 1024 * 1024;

/** @returns null when it is missing. @throws Error for what is no such file */
export function readSmall(path: string): Promise<string | null> {
  return readBounded(path, constants.O_NOFOLLOW, mostBytes);
}

/** A record of a user's own may have the files of a first boot in it, and be behind a link of that user's. */
const mostOfRecord = 64 * 1024 * 1024;

/**
 * A file in a user's home, which root's commands have read as that user: a FIFO would hold them up.
 *
 * @returns null when it is missing. @throws Error for what is no regular file, or a huge one
 */
export function readRecord(path: string): Promise<string | null> {
  return readBounded(path, 0, mostOfRecord);
}

async function readBounded(path: string, flag: number, most: number): Promise<string | null> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | flag;
  const file = await open(path, flags).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && /^(?:ENOENT|ENOTDIR)$/.test(String(error.code))) return null;
    throw error;
  });
  if (file === null) return null;
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size > most) throw new Error(`${path}: no small regular file`);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

/** Why a file that somebody named is not read. */
export type Unread = "missing" | "denied" | "kind" | "large";

/**
 * A file that a user typed, or named in another one: /dev/zero would fill our memory, and a FIFO hold us up.
 *
 * @throws Error of the system for what is none of `Unread`
 */
export function readNamed(path: string, most: number): Buffer | Unread {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error instanceof Error ? systemFields(error) : { code: "" };
    if (/^(?:ENOENT|ENOTDIR)$/.test(code)) return "missing";
    if (/^(?:EACCES|EPERM)$/.test(code)) return "denied";
    // A socket, or a device without a driver.
    if (/^(?:ENXIO|ENODEV)$/.test(code)) return "kind";
    throw error;
  }
  try {
    return fstatSync(file).isFile() ? readUpTo(file, most) : "kind";
  } finally {
    closeSync(file);
  }
}

/** Whatever its size is said to be: of files of the kernel's it is said to be nothing. */
function readUpTo(file: number, most: number): Buffer | "large" {
  const bytes = Buffer.alloc(Math.min(most, fstatSync(file).size + 65_536) + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length < bytes.length; length += read) {
    read = readSync(file, bytes, length, bytes.length - length, null);
  }
  return length === bytes.length ? "large" : bytes.subarray(0, length);
}

export function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

export async function remove(path: string): Promise<void> {
  await rm(path, { force: true });
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
