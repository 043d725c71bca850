import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../host/command.ts";
import { dataFolder } from "./folders.ts";

/**
 * The user's key for machines: a pair of its own, so that a machine never learns a key that opens anything else.
 * Made when first needed.
 *
 * @returns the private key's path and the public key's line
 */
export async function machineKey(): Promise<{ path: string; publicKey: string }> {
  const folder = join(dataFolder(), "ssh");
  const path = join(folder, "id_ed25519");
  const existing = await readFile(`${path}.pub`, "utf8").catch(() => null);
  if (existing !== null) return { path, publicKey: existing.trim() };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await mustRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "tarr-steps", "-f", path]);
  return { path, publicKey: (await readFile(`${path}.pub`, "utf8")).trim() };
}
