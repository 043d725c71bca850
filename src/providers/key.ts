import { link, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
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
  const known = await publicKeyIn(path);
  if (known !== null) return { path, publicKey: known };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Each command has drafts of its own: two may be at work at once.
  const drafts = await mkdtemp(`${path}.new-`);
  try {
    if (!(await hasContent(path))) await makeKey(path, join(drafts, "key"));
    // Of the private one, whoever made it: a full disk or a kill may have left it alone, and machines would open for no key.
    const publicKey = `${(await mustRun(["ssh-keygen", "-y", "-f", path])).trim()} tarr-steps`;
    await writeFile(join(drafts, "public"), `${publicKey}\n`);
    await rename(join(drafts, "public"), `${path}.pub`);
    return { path, publicKey };
  } finally {
    await rm(drafts, { recursive: true, force: true });
  }
}

async function publicKeyIn(path: string): Promise<string | null> {
  const text = await readFile(`${path}.pub`, "utf8").catch(() => "");
  return text.startsWith("ssh-") ? text.trim() : null;
}

/** An empty one is taken away. */
async function hasContent(path: string): Promise<boolean> {
  const size = await stat(path).then(
    (found) => found.size,
    () => null,
  );
  if (size === 0) await rm(path);
  return size !== null && size > 0;
}

/** Under another name first, so that it is whole or not there. Of two commands that make it at once the first one's stays. */
async function makeKey(path: string, draft: string): Promise<void> {
  await mustRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "tarr-steps", "-f", draft]);
  await link(draft, path).catch(unlessThere);
}

function unlessThere(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
}
