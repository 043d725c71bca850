import { constants } from "node:fs";
import { copyFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { mustRun } from "../../host/command.ts";
import { exists } from "../../host/files.ts";
import type { DiskImage } from "../../images/record.ts";
import { kindError } from "../../images/record.ts";
import { makeSeed } from "../../images/seed.ts";
import type { Machine } from "../../model/machine.ts";
import { providerProblem } from "../absent.ts";
import { imageFolder, machineFolder } from "../folders.ts";
import { seedOf } from "../seed.ts";
import type { DiskBoot } from "./argv.ts";
import { files } from "./argv.ts";

/** Debian's package `ovmf`; the second holds what the firmware of one machine remembers. */
const firmwarePlaces = {
  code: "/usr/share/OVMF/OVMF_CODE_4M.fd",
  variables: "/usr/share/OVMF/OVMF_VARS_4M.fd",
} as const;

/**
 * A disk of the machine's own that holds what differs from the image's: made in no time, and as large as what is written.
 *
 * @throws TarrError `image-kind`, and what `qemu-img` says
 */
export async function furnishDisk(machine: Machine, image: DiskImage): Promise<void> {
  if (image.disk === null) throw kindError(image, "qemu");
  const folder = machineFolder(machine.name);
  // Relative to where it lies: a home may move.
  const below = join("..", "..", "images", basename(imageFolder(machine.image)), image.disk.file);
  await mustRun(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", below, join(folder, files.overlay)]);
  if (image.firstBoot !== "none") await makeSeed(join(folder, files.seed), await seedOf(machine, image));
  if (isUefi(image)) {
    await requireFirmware();
    await copyFile(firmwarePlaces.variables, join(folder, files.firmware), constants.COPYFILE_EXCL);
  }
}

export async function diskBoot(image: DiskImage): Promise<DiskBoot> {
  if (isUefi(image)) await requireFirmware();
  return {
    kind: "disk",
    seeded: image.firstBoot !== "none",
    firmware: isUefi(image) ? firmwarePlaces.code : null,
  };
}

/** By its BIOS where it can: that is quicker, and nothing of Debian's has to be there for it. */
function isUefi({ firmware }: DiskImage): boolean {
  return !firmware.includes("bios");
}

async function requireFirmware(): Promise<void> {
  if (!(await exists(firmwarePlaces.code))) throw providerProblem("qemu", "no-firmware", {});
}
