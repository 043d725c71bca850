import { chmod, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readKernelImage } from "../record.ts";
import type { Entry } from "./cpio.ts";
import { readInitrd } from "./unpack.ts";

/** What the files of a machine without a kernel of its own are to say about it. */
export type TreeSettings = {
  readonly hostname: string;
  /** Lines of authorized_keys. */
  readonly keys: readonly string[];
  /** Files of this machine alone. */
  readonly more?: readonly Entry[];
};

/**
 * Unpacks the image as the root file system of a container, into a folder that is not there yet. Needs no rights: every
 * file belongs to the user, who is root inside.
 *
 * @param image the image's folder
 * @throws TarrError `image-exists-not`, `image-damaged`
 */
export async function unpackTree(image: string, target: string, settings: TreeSettings): Promise<void> {
  const { initrd } = await readKernelImage(image, "lxc");
  const entries = readInitrd(await readFile(join(image, initrd)));
  await mkdir(target, { mode: 0o755 });
  const folders = new Map<string, number>();
  for (const entry of [...entries, ...(settings.more ?? [])]) {
    if (isForKernel(entry)) continue;
    await place(settled(entry, settings), target, folders);
  }
  // Last: nothing could be put into a folder that its owner may not write.
  for (const [path, mode] of folders) await chmod(join(target, path), mode);
}

/** The kernel and its devices are the host's. */
function isForKernel({ path }: Entry): boolean {
  return path === "init" || /^(lib\/modules|dev)\//.test(path);
}

async function place(entry: Entry, target: string, folders: Map<string, number>): Promise<void> {
  const path = join(target, entry.path);
  // A folder that we made, so that nothing is written through a link, or `..`, out of the target.
  const parent = dirname(entry.path);
  if (parent !== "." && !folders.has(parent)) throw new Error(`${entry.path} is in no folder of the archive`);
  if (/(^|\/)\.\.?(\/|$)/.test(entry.path)) throw new Error(`${entry.path} leads out of the archive`);
  switch (entry.type) {
    case "directory":
      if (folders.has(entry.path)) return; // both parts of an initrd have it
      await mkdir(path, { mode: 0o700 });
      folders.set(entry.path, entry.mode ?? 0o755);
      return;
    case "link":
      return symlink(entry.target, path);
    case "file":
      await writeFile(path, entry.data, { flag: "wx", mode: 0o600 });
      return chmod(path, entry.mode ?? 0o644);
  }
}

/** A file as this container needs it. */
function settled(entry: Entry, { hostname, keys }: TreeSettings): Entry {
  if (entry.type !== "file") return entry;
  const text = (change: (text: string) => string): Entry => ({ ...entry, data: change(entry.data.toString()) });
  switch (entry.path) {
    case "etc/hostname":
      return { ...entry, data: `${hostname}\n` };
    case "etc/hosts":
      return text((hosts) => `${hosts}127.0.1.1 ${hostname}\n`);
    case "root/.ssh/authorized_keys":
      return { ...entry, data: keys.map((key) => `${key}\n`).join("") };
    case "etc/inittab":
      return text(inittabOf);
    default:
      return entry;
  }
}

/**
 * A container has no power button. Its console is /dev/console itself, which busybox's init gives to a shell whose name
 * begins with a hyphen; cttyhack would look for the host's own console.
 */
function inittabOf(text: string): string {
  return text
    .split("\n")
    .filter((line) => !line.endsWith(":/etc/init.d/power"))
    .map((line) => (line.includes("cttyhack") ? "::respawn:-/bin/sh" : line))
    .join("\n");
}
