import type { FileHandle } from "node:fs/promises";
import { mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { TarrError } from "../../error.ts";
import { dataFolder } from "../../providers/folders.ts";
import { lockFile } from "../../runtime/libc.ts";

/**
 * Runs work as the only one that changes a lab: two at once would each write a record without what the other made. The
 * kernel holds the lock as long as our process lives, so that no way of ending leaves one behind.
 *
 * @throws TarrError `lab-busy`
 */
export async function holding<T>(lab: string, work: () => Promise<T>): Promise<T> {
  const path = join(dataFolder(), "labs", `${lab}.lock`);
  await mkdir(dirname(path), { recursive: true });
  const file = await take(path, lab);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
    await file.close();
  }
}

async function take(path: string, lab: string): Promise<FileHandle> {
  for (;;) {
    const file = await open(path, "a", 0o600);
    if (!lockFile(file.fd)) {
      await file.close();
      throw new TarrError("lab-busy", { lab, pid: await holderIn(path) });
    }
    if (await isStill(path, file)) {
      await file.truncate();
      await file.write(`${process.pid}\n`);
      return file;
    }
    // Whoever had it took the file away between our opening and our locking it.
    await file.close();
  }
}

async function isStill(path: string, file: FileHandle): Promise<boolean> {
  const [there, ours] = await Promise.all([stat(path).catch(() => null), file.stat()]);
  return there?.ino === ours.ino;
}

/** Who has locked it writes its number a moment later. */
async function holderIn(path: string): Promise<string> {
  for (let left = 10; left > 0; left -= 1) {
    const pid = (await readFile(path, "utf8").catch(() => "")).trim();
    if (pid !== "") return pid;
    await pause(20);
  }
  return "?";
}
