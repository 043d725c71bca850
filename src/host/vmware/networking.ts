import { constants } from "node:fs";
import { access, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { TarrError } from "../../error.ts";
import { isNetworkingFile, networkingPath, renderMappings, unmapped } from "../../model/vmware-networking.ts";
import { lockFile } from "../../runtime/libc.ts";
import type { ApplyPlaces } from "./apply.ts";
import { applyNetworking, networkingProgram, restartUnit } from "./apply.ts";

/** What a run did, as a word for the journal. */
export type MappingOutcome =
  /** No Workstation here, or one that was never set up. */
  | "absent"
  | "unchanged"
  /** In force from the next start of VMware's networks: they are not running now. */
  | "written"
  /** The same, because machines run whose cable would be pulled. */
  | "written-machines-run"
  | "applied"
  /** Every vmnet is taken: some switch has none. */
  | "full";

export type MappingPlaces = ApplyPlaces & { readonly file: string };

export const mappingPlaces: MappingPlaces = {
  file: networkingPath,
  program: networkingProgram,
  restart: restartUnit,
  proc: "/proc",
  dev: "/dev",
};

/**
 * - `remove`: the mappings are taken out, and nothing is restarted for it.
 * - `apply`: VMware's networks are restarted even when nothing was written, and while machines run: an administrator
 *   asked for it.
 */
export type MappingRequest = { readonly remove: boolean; readonly apply: boolean; readonly places?: MappingPlaces };

/** VMware's own has some hundred bytes. */
const mostBytes = 1024 * 1024;
const tries = 5;

/**
 * Has each switch bridged to a vmnet of its own in VMware's file, or none of them. Runs as root, from the unit
 * tarr-steps-vmware.service, and changes nothing when run again: a change wakes the unit once more.
 *
 * @param switches all of the document's
 * @throws TarrError `file-unwritable`
 */
export async function keepVmwareMapping(
  switches: readonly string[],
  { remove, apply, places = mappingPlaces }: MappingRequest,
): Promise<MappingOutcome> {
  const unlock = await lockFolder(dirname(places.file));
  try {
    const written = await write(places.file, remove ? [] : switches);
    if (written === "absent" || remove) return written;
    const outcome = written === "unchanged" && !apply ? written : await applyNetworking(places, apply);
    const text = (await readVmwareNetworking(places.file)) ?? "";
    return unmapped(text, switches).length > 0 ? "full" : outcome;
  } finally {
    unlock();
  }
}

const lockPatience = 150_000;
const lockPause = 200;

/**
 * One at a time, by hand and by the unit: two restarts of VMware's networks in each other would leave them stopped.
 *
 * @returns what gives the lock back; there is nothing to lock where VMware was never installed
 */
async function lockFolder(path: string): Promise<() => void> {
  const folder = await open(path, "r").catch(() => null);
  if (folder === null) return () => undefined;
  const deadline = performance.now() + lockPatience;
  while (!lockFile(folder.fd) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, lockPause));
  }
  return () => void folder.close();
}

/** VMware's own programs write the file too: what they wrote meanwhile is read again, and not lost. */
async function write(path: string, switches: readonly string[]): Promise<"absent" | "unchanged" | "written"> {
  for (let left = tries; ; left -= 1) {
    const before = await readNetworking(path);
    if (before === null || !isNetworkingFile(before.text)) return "absent";
    const wanted = renderMappings(before.text, switches);
    if (wanted === before.text) return "unchanged";
    if (await replace(path, wanted, before)) return "written";
    if (left <= 1) throw new TarrError("file-unwritable", { path, reason: "another program keeps writing it" });
  }
}

/** Whether Workstation has been set up on this host; a file that only root may read was written by nobody else. */
export async function isVmwareSetUp(path = networkingPath): Promise<boolean> {
  const found = await readNetworking(path);
  if (found !== null) return isNetworkingFile(found.text);
  const isThere = await stat(path).then(
    (one) => one.isFile(),
    () => false,
  );
  const isReadable = await access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
  return isThere && !isReadable;
}

/** VMware's file; null when there is none, or none that we may read. */
export async function readVmwareNetworking(path = networkingPath): Promise<string | null> {
  return (await readNetworking(path))?.text ?? null;
}

type Networking = { readonly text: string; readonly mode: number; readonly uid: number; readonly gid: number };

/**
 * Each byte is a character of the text (latin1): descriptions in it are in whatever encoding their author had.
 *
 * @returns null when it is missing, or no small regular file: we would write with root's rights where a link leads
 */
async function readNetworking(path: string): Promise<Networking | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => null);
  if (file === null) return null;
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size > mostBytes) return null;
    return { text: await file.readFile("latin1"), mode: found.mode & 0o7777, uid: found.uid, gid: found.gid };
  } finally {
    await file.close();
  }
}

/**
 * Whoever reads it sees the old file or the new one, whole, with the same owner and mode.
 *
 * @returns false when it is no longer what it was before
 */
async function replace(path: string, text: string, before: Networking): Promise<boolean> {
  const draft = `${path}.tarr-steps`;
  try {
    await rm(draft, { force: true });
    await writeDraft(draft, text, before);
    const now = await readNetworking(path);
    if (now?.text !== before.text) {
      await rm(draft, { force: true });
      return false;
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw new TarrError("file-unwritable", { path, reason: error instanceof Error ? error.message : "?" }, error);
  }
  const folder = await open(dirname(path), "r");
  await folder.sync().finally(() => folder.close());
  return true;
}

async function writeDraft(draft: string, text: string, before: Networking): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = await open(draft, flags, 0o600);
  try {
    await file.writeFile(text, "latin1");
    await file.chown(before.uid, before.gid);
    await file.chmod(before.mode);
    await file.sync();
  } finally {
    await file.close();
  }
}
