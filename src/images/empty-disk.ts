import { open, truncate } from "node:fs/promises";
import { mustRun } from "../host/command.ts";

/** Bytes of room for the own files of a machine that starts from a kernel. The file is sparse: it costs what is written. */
export const emptyDiskSize = 512 * 1024 * 1024;

/**
 * A new file with an empty file system on all of it, which the guest installs itself on at its first start.
 *
 * @throws Error of code EEXIST when there is something at `path`; TarrError `command-failed` from mke2fs(8)
 */
export async function makeEmptyDisk(path: string): Promise<void> {
  await (await open(path, "wx", 0o600)).close();
  await truncate(path, emptyDiskSize);
  // -E nodiscard and lazy tables: a file just made holds zeros already.
  await mustRun(["mke2fs", "-q", "-t", "ext4", "-E", "nodiscard,lazy_itable_init=1", "-L", "tarr-steps", path]);
}
