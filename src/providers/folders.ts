import { homedir } from "node:os";
import { join } from "node:path";
import { hasEntries } from "../runtime/folder.ts";

/** The user's own folder for what is kept (XDG Base Directory Specification). */
export function dataFolder(): string {
  const given = process.env["XDG_DATA_HOME"];
  // The specification: a relative path is invalid and to be ignored.
  const base = given?.startsWith("/") === true ? given : join(homedir(), ".local", "share");
  return join(base, "tarr-steps");
}

/** Whether there is any machine of the user's on a port: what reads their records takes longer to load than this. */
export function hasMachines(): boolean {
  return ["machines", "plugs"].some((kind) => hasEntries(join(dataFolder(), kind)));
}

export function machineFolder(name: string): string {
  return join(dataFolder(), "machines", name);
}

export function imageFolder(name: string): string {
  return join(dataFolder(), "images", name);
}

/** What can be had again (XDG Base Directory Specification). */
export function cacheFolder(): string {
  const given = process.env["XDG_CACHE_HOME"];
  const base = given?.startsWith("/") === true ? given : join(homedir(), ".cache");
  return join(base, "tarr-steps");
}
