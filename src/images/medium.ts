import { existsSync } from "node:fs";
import { rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasProgram, mustRun } from "../host/command.ts";
import type { KernelImage } from "./record.ts";
import { readImageRecord } from "./record.ts";

/** A CD image that boots one kernel, for hypervisors that have no `-kernel` (VirtualBox, VMware). */
export type BootMedium = {
  /** Where it goes; what is there is replaced in one step. */
  readonly path: string;
  readonly kernel: string;
  readonly initrd: string;
  readonly commandLine: string;
};

/**
 * The image of which a machine's boot medium is to be made anew: it was built again since, or the medium is gone. Null for
 * one that is fresh, and for a machine that starts from a disk of its own and has none.
 *
 * @throws TarrError `image-exists-not`, `image-damaged`
 */
export async function staleMediumImage(medium: string, image: string): Promise<KernelImage | null> {
  const made = await modified(medium);
  if (made >= (await modified(join(image, "image.json"))) && made !== 0) return null;
  const record = await readImageRecord(image);
  return record.format === 1 ? record : null;
}

async function modified(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

/** The boot loader's two files, where Debian's packages have them. */
const loader = {
  isolinux: "/usr/lib/ISOLINUX/isolinux.bin",
  "syslinux-common": "/usr/lib/syslinux/modules/bios/ldlinux.c32",
} as const;

/** The Debian packages that are missing to make one. */
export function missingParts(): readonly string[] {
  const missing = Object.entries(loader).flatMap(([name, path]) => (existsSync(path) ? [] : [name]));
  return hasProgram("xorriso") ? missing : [...missing, "xorriso"];
}

/** @throws TarrError `command-failed`, `command-missing`; ask `missingParts` first */
export async function makeBootMedium(medium: BootMedium): Promise<void> {
  const draft = `${medium.path}.new`;
  const settings = `${medium.path}.cfg`;
  try {
    await writeFile(settings, loaderSettings(medium.commandLine), { mode: 0o600 });
    // xorriso adds to an image that is there.
    await rm(draft, { force: true });
    await mustRun(mediumArgv(medium, { draft, settings }), { timeout: 120_000 });
    await rename(draft, medium.path);
  } finally {
    await rm(settings, { force: true });
    await rm(draft, { force: true });
  }
}

/** isolinux.cfg (syslinux.cfg(5)): no prompt, no wait. */
export function loaderSettings(commandLine: string): string {
  return `DEFAULT tiny\nPROMPT 0\nLABEL tiny\n KERNEL /boot/kernel\n INITRD /boot/initrd\n APPEND ${commandLine}\n`;
}

export function mediumArgv(
  { kernel, initrd }: BootMedium,
  place: { readonly draft: string; readonly settings: string },
): readonly ["xorriso", ...string[]] {
  const tree = {
    "isolinux/isolinux.bin": loader.isolinux,
    "isolinux/ldlinux.c32": loader["syslinux-common"],
    "isolinux/isolinux.cfg": place.settings,
    "boot/kernel": kernel,
    "boot/initrd": initrd,
  };
  return [
    ...(["xorriso", "-as", "mkisofs", "-quiet", "-V", "TARRSTEPS", "-o", place.draft] as const),
    // El Torito without emulation; the table tells isolinux where on the disc it lies (isolinux.txt of Syslinux).
    ...["-b", "isolinux/isolinux.bin", "-c", "isolinux/boot.cat"],
    ...["-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", "-graft-points"],
    ...Object.entries(tree).map(([name, path]) => `${name}=${graftPath(path)}`),
  ];
}

/** In `-graft-points` a `=` or a `\` that is part of a name has a `\` before it (xorrisofs(1)). */
function graftPath(path: string): string {
  return path.replaceAll(/[\\=]/g, String.raw`\$&`);
}
