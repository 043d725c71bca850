import { constants } from "node:fs";
import { access, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { TarrError } from "../../error.ts";
import { isNetworkingFile, networkingPath, renderMappings } from "../../model/vmware-networking.ts";
import type { ApplyPlaces } from "./apply.ts";
import { applyNetworking, networkingProgram, unitStarter } from "./apply.ts";

/** What a run did, as a word for the journal. */
export type MappingOutcome =
  /** No Workstation here, or one that was never set up. */
  | "absent"
  | "unchanged"
  /** In force from the next start of VMware's networks: they are not running now. */
  | "written"
  /** The same, because machines run whose cable would be pulled. */
  | "written-machines-run"
  | "applied";

export type MappingPlaces = ApplyPlaces & { readonly file: string };

export const mappingPlaces: MappingPlaces = {
  file: networkingPath,
  program: networkingProgram,
  starter: unitStarter,
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
  const written = await write(places.file, remove ? [] : switches);
  if (written === "absent") return written;
  if (remove) return written;
  return written === "unchanged" && !apply ? written : applyNetworking(places, apply);
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
  return access(path, constants.R_OK).then(
    () => false,
    (error: unknown) => error instanceof Error && "code" in error && error.code === "EACCES",
  );
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
