import { readdir, readFile } from "node:fs/promises";

/**
 * The first processes of running containers that we made for users: children of LXC's monitors, which carry the folder
 * and the name in their title. For root.
 */
export async function containerInits(): Promise<readonly number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map(initOf));
  return found.flat();
}

async function initOf(pid: string): Promise<number[]> {
  const title = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  if (!isMonitorOfOurs(title)) return [];
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  return children.split(" ").filter(Boolean).map(Number);
}

/** @param title `[lxc monitor] FOLDER NAME`, perhaps with zero bytes behind it */
export function isMonitorOfOurs(title: string): boolean {
  return /^\[lxc monitor\] \/.*\/tarr-steps\/machines [a-z][a-z0-9-]*\0*$/.test(title);
}
