import { constants } from "node:fs";
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

/** What a less trusted program may write is read only as a regular file of this size at most, behind no link. */
const mostBytes = 1024 * 1024;

/** @returns null when it is missing. @throws Error for what is no such file */
export async function readSmall(path: string): Promise<string | null> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  });
  if (file === null) return null;
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size > mostBytes) throw new Error(`${path}: no small regular file`);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
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
