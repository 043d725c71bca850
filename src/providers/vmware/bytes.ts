import { constants } from "node:fs";
import { open, realpath, rename, rm, stat } from "node:fs/promises";
import { TarrError } from "../../error.ts";

/** A .vmx has some kilobytes, the file of networks less. */
const mostBytes = 4 * 1024 * 1024;

/** A file with one character for each byte, so that it can be written back as it was; null for none, or no plain file. */
export async function readBytes(path: string): Promise<string | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => null);
  if (file === null) return null;
  try {
    const found = await file.stat();
    return found.isFile() && found.size <= mostBytes ? await file.readFile("latin1") : null;
  } finally {
    await file.close();
  }
}

/**
 * Writes such a text over a file that is there, which keeps its mode; whoever reads it sees the old one or the new one.
 * A link stays a link.
 *
 * @throws TarrError `file-unwritable`: the old file is still there, whole
 */
export async function replaceBytes(path: string, text: string): Promise<void> {
  const place = await realpath(path).catch(() => path);
  const draft = `${place}.new`;
  try {
    const { mode } = await stat(place);
    const file = await open(draft, "w", 0o600);
    try {
      await file.writeFile(text, "latin1");
      await file.chmod(mode & 0o777);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, place);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    const reason = error instanceof Error ? error.message : String(error);
    throw new TarrError("file-unwritable", { path: place, reason }, error);
  }
}
