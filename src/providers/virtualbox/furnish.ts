import { rm } from "node:fs/promises";
import { join } from "node:path";
import { makeEmptyDisk } from "../../images/empty-disk.ts";
import { makeBootMedium, missingParts, staleMediumImage } from "../../images/medium.ts";
import type { ImageRecord, KernelImage } from "../../images/record.ts";
import { readImageRecord } from "../../images/record.ts";
import { guestCommandLine } from "../../images/tiny/cmdline.ts";
import { machineInitrd } from "../../images/tiny/first-boot.ts";
import type { Machine } from "../../model/machine.ts";
import { plainName } from "../../model/machine.ts";
import { providerProblem } from "../absent.ts";
import { imageFolder, machineFolder } from "../folders.ts";
import { machineKey } from "../key.ts";
import type { Boot } from "./argv.ts";
import { attachArgs, controllerArgs, convertArgs, createArgs, deleteArgs, files, furnishArgs } from "./argv.ts";
import { consolePath } from "./console.ts";
import { furnishDisk } from "./disk-machine.ts";
import { ask, manage } from "./vboxmanage.ts";

/**
 * A serial line of VirtualBox goes to one place, and the kernel prints to one serial line (the first that it is told of):
 * to the log, at a speed that VirtualBox does not slow down. The shells are on the other line and in the window.
 */
const consoleWords = "console=ttyS0,115200 tarr.console=ttyS1 tarr.console=tty1";

/** Makes a machine in VirtualBox, whole or not at all. */
export async function furnish(machine: Machine): Promise<void> {
  const image = await readImageRecord(imageFolder(machine.image));
  if (image.format === 1) await makeMedium(machine, image);
  await manage(createArgs(machine));
  try {
    await manage(furnishArgs(machine, consolePath(machine.name), bootOf(image)));
    await silence(machine.name);
    await manage(controllerArgs(machine.name));
    if (image.format === 1) await furnishKernel(machine);
    else await furnishDisk(machine, image);
  } catch (error) {
    await ask(deleteArgs(machine.name));
    throw error;
  }
}

function bootOf(image: ImageRecord): Boot {
  if (image.format === 1) return { from: "dvd", firmware: "bios", virtio: true };
  // A disk that is started as it is may hold anything.
  const virtio = image.firstBoot !== "none";
  return { from: "disk", firmware: image.firmware.includes("bios") ? "bios" : "efi", virtio };
}

async function furnishKernel({ name }: Machine): Promise<void> {
  const folder = machineFolder(name);
  const disk = join(folder, files.disk);
  await makeDisk(folder, disk);
  await manage(attachArgs(name, { port: 0, type: "hdd", path: disk }));
  await manage(attachArgs(name, { port: 1, type: "dvddrive", path: join(folder, files.boot) }));
}

/** The option has another name since 7.0, which warns that the older one will go. A machine with a sound card works, too. */
async function silence(name: string): Promise<void> {
  const done = await ask(["modifyvm", name, "--audio-driver", "none"]);
  if (done.code !== 0) await ask(["modifyvm", name, "--audio", "none"]);
}

async function makeDisk(folder: string, disk: string): Promise<void> {
  const raw = join(folder, "disk.raw");
  try {
    await makeEmptyDisk(raw);
    await manage(convertArgs(raw, disk));
  } finally {
    await rm(raw, { force: true });
  }
}

async function makeMedium(machine: Machine, record: KernelImage): Promise<void> {
  const packages = missingParts();
  if (packages.length > 0) throw providerProblem("virtualbox", "boot-parts-missing", { packages: packages.join(" ") });
  const image = imageFolder(machine.image);
  const { publicKey } = await machineKey();
  const words = guestCommandLine(record.commandLine, { hostname: plainName(machine), keys: [publicKey] });
  await makeBootMedium({
    path: join(machineFolder(machine.name), files.boot),
    kernel: join(image, record.packedKernel),
    initrd: await machineInitrd(join(image, record.initrd), machine, machineFolder(machine.name)),
    commandLine: `${consoleWords} ${words}`,
  });
}

/** Makes the boot medium anew when the image was built again; a machine with a disk of its own has none. */
export async function freshBootMedium(machine: Machine): Promise<void> {
  const medium = join(machineFolder(machine.name), files.boot);
  const image = await staleMediumImage(medium, imageFolder(machine.image));
  if (image !== null) await makeMedium(machine, image);
}
