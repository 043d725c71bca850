import { bundleMark } from "./bundle.ts";
import type { TarHeader } from "./tar.ts";
import { readTar } from "./tar.ts";

export type ArchiveKind = "bundle" | "appliance" | "tree";

/** The folders by which a root is known; none of an appliance's or a box's is called so. */
const rootFolders = new Set(["bin", "boot", "dev", "etc", "home", "lib", "lib64", "root", "sbin", "usr", "var"]);
/** A descriptor, a box's description, or a disk. */
const applianceFile = /(?:^metadata\.json|\.(?:ovf|vmdk|vdi|qcow2|img|raw)(?:\.gz|\.\d{9})?)$/i;

/**
 * An image that was exported, an appliance (also a Vagrant box, and a disk that somebody packed), or the files of a root.
 * Its names tell, in any order; no more of them are read than that takes.
 *
 * @throws TarrError `archive-*`
 */
export async function archiveKind(archive: AsyncIterable<Uint8Array>, name: string): Promise<ArchiveKind> {
  let isFirst = true;
  let hasDisk = false;
  for await (const entry of readTar(archive, name)) {
    if (isFirst && entry.path === bundleMark) return "bundle";
    isFirst = false;
    if (isOfRoot(entry)) return "tree";
    const file = partsIn(entry.path).at(-1) ?? "";
    if (entry.kind !== "file" || isShadow(file)) continue;
    if (/\.ovf$/i.test(file)) return "appliance";
    hasDisk ||= applianceFile.test(file);
  }
  return hasDisk ? "appliance" : "tree";
}

function isOfRoot({ path, kind }: TarHeader): boolean {
  const [top = "", ...below] = partsIn(path);
  return rootFolders.has(top) && (below.length > 0 || kind !== "file");
}

export function partsIn(path: string): readonly string[] {
  return path.split("/").filter((part) => part !== "." && part !== "");
}

/** What macOS packs beside each file (AppleDouble). */
export function isShadow(file: string): boolean {
  return file.startsWith("._");
}
