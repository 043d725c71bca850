import { existsSync } from "node:fs";
import { chmod, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Argv } from "../host/command.ts";
import { fullTold } from "./import/bytes.ts";
import type { DiskImage } from "./record.ts";
import { kindError } from "./record.ts";

/** Where the files of an image lie for containers, once the first was made; they are read, and never written. */
export function rootFolder(image: string): string {
  return join(image, "root");
}

/** Several machines of an image may be made at once. */
const running = new Map<string, Promise<void>>();

/**
 * Unpacks the tree of an image, once, with the owners that its files have in containers.
 *
 * @param image the image's folder
 * @param inside runs a program as root of the ids that containers have
 * @throws TarrError `image-kind` for an image without a tree, `disk-full`, and what tar says
 */
export async function ensureRoot(
  image: string,
  record: DiskImage,
  inside: (argv: Argv) => Promise<unknown>,
): Promise<string> {
  const { tree } = record;
  if (tree === null) throw kindError(record, "lxc");
  const root = rootFolder(image);
  if (existsSync(root)) return root;
  // A container's root is the user: whoever could reach its su(1) from outside would be the user, too.
  await chmod(image, 0o700);
  const unpacking = running.get(root) ?? unpack(join(image, tree.file), root, inside);
  running.set(root, unpacking);
  await unpacking.finally(() => running.delete(root));
  return root;
}

async function unpack(archive: string, root: string, inside: (argv: Argv) => Promise<unknown>): Promise<void> {
  const draft = `${root}.${process.pid}`;
  const words = ["--zstd", "--numeric-owner", "--preserve-permissions", "--xattrs", "--xattrs-include=*"];
  try {
    await inside(["rm", "-rf", "--one-file-system", "--", draft]);
    await mkdir(draft, { mode: 0o755 });
    await fullTold(draft, () => inside(["tar", ...words, "-x", "-f", archive, "-C", draft]));
    await rename(draft, root);
  } catch (error) {
    await inside(["rm", "-rf", "--one-file-system", "--", draft]).catch(() => undefined);
    // Another command was quicker.
    if (!existsSync(root)) throw error;
  }
}
