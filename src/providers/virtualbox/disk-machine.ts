import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { copyDisk } from "../../images/copy-disk.ts";
import type { DiskImage } from "../../images/record.ts";
import { kindError } from "../../images/record.ts";
import { makeSeed } from "../../images/seed.ts";
import type { Machine } from "../../model/machine.ts";
import { imageFolder, machineFolder } from "../folders.ts";
import { seedOf } from "../seed.ts";
import { attachArgs, closeDiskArgs, deltaArgs, files } from "./argv.ts";
import { ask, manage } from "./vboxmanage.ts";

/**
 * The machine's disk and the volume that tells it name and keys, in its folder. The disk holds what differs from the
 * image's, as that of VirtualBox's own linked clones: made in no time, and as large as what is written.
 *
 * @throws TarrError `image-kind`, `qemu-img-missing`, and what VBoxManage says
 */
export async function furnishDisk(machine: Machine, image: DiskImage): Promise<void> {
  const base = await baseOf(machine, image);
  const folder = machineFolder(machine.name);
  if (image.firstBoot !== "none") await makeSeed(join(folder, files.seed), await seedOf(machine, image));
  const disk = join(folder, files.disk);
  await manage(deltaArgs(base, disk));
  try {
    await manage(attachArgs(machine.name, { port: 0, type: "hdd", path: disk }));
  } catch (error) {
    // VirtualBox lists a disk that nothing has, too, and would miss its file for ever.
    await ask(closeDiskArgs(disk));
    throw error;
  }
  if (image.firstBoot === "none") return;
  await manage(attachArgs(machine.name, { port: 1, type: "dvddrive", path: join(folder, files.seed) }));
}

/**
 * The image's disk in a form that VirtualBox takes, beside it, made for the first machine. With the last machine that
 * stands on it VirtualBox deletes it again, as it does with disks that nothing needs any more; and an image is not built
 * anew while machines are made of it.
 */
async function baseOf(machine: Machine, image: DiskImage): Promise<string> {
  if (image.disk === null) throw kindError(image, "virtualbox");
  const folder = imageFolder(machine.image);
  const base = join(folder, files.base);
  if (existsSync(base)) return base;
  const draft = join(folder, `${files.base}.${process.pid}`);
  try {
    await copyDisk(join(folder, image.disk.file), { path: draft, format: "vdi" });
    // Another creation may have been quicker: its machine stands on that file already.
    if (!existsSync(base)) await rename(draft, base);
  } finally {
    await rm(draft, { force: true });
  }
  return base;
}
