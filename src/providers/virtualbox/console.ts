import { rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { machineFolder } from "../folders.ts";
import { files } from "./argv.ts";

/** sun_path of unix(7), with its closing zero byte. */
const longestSocketPath = 107;

/**
 * Where VirtualBox makes the console's socket: it takes only an absolute path, and one in a home on a file server may be
 * too long for a socket. Then it is in the user's folder below /run, and a link to it is in the machine's.
 */
export function consolePath(name: string): string {
  const path = join(machineFolder(name), files.console);
  if (Buffer.byteLength(path) <= longestSocketPath) return path;
  const runtime = process.env["XDG_RUNTIME_DIR"] ?? `/run/user/${process.getuid?.() ?? 0}`;
  return join(runtime, `tarr-steps-${name}.sock`);
}

/** Removes the socket of a machine that was killed: VirtualBox would refuse to bind it. */
export async function makeConsolePlace(name: string): Promise<void> {
  const place = join(machineFolder(name), files.console);
  const path = consolePath(name);
  for (const stale of [place, path]) await rm(stale, { force: true });
  if (path !== place) await symlink(path, place);
}
