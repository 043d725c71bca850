import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { copyDisk } from "../../images/copy-disk.ts";
import { emptyDiskSize, makeEmptyDisk } from "../../images/empty-disk.ts";
import { makeBootMedium, missingParts, staleMediumImage } from "../../images/medium.ts";
import type { DiskImage, KernelImage } from "../../images/record.ts";
import { kindError, readImageRecord } from "../../images/record.ts";
import { makeSeed } from "../../images/seed.ts";
import { guestCommandLine } from "../../images/tiny/cmdline.ts";
import { machineInitrd } from "../../images/tiny/first-boot.ts";
import type { Machine } from "../../model/machine.ts";
import { plainName } from "../../model/machine.ts";
import { providerProblem } from "../absent.ts";
import { imageFolder, machineFolder } from "../folders.ts";
import { machineKey } from "../key.ts";
import { seedOf } from "../seed.ts";
import { consolePlace } from "./console.ts";
import { vmnetsFor } from "./host.ts";
import type { Hardware } from "./machine-file.ts";
import {
  adapterOf,
  bootWords,
  diskBoot,
  diskDescriptor,
  files,
  hardwareFor,
  hardwareOf,
  kernelBoot,
  machineFile,
  startChanges,
  vmxName,
} from "./machine-file.ts";
import { changeSettings } from "./vmx.ts";

/** Makes a machine's settings, disk and disc in its folder. */
export async function furnish(machine: Machine): Promise<void> {
  const image = await readImageRecord(imageFolder(machine.image));
  const [hardware, boot] =
    image.format === 1 ? [hardwareFor(machine.image, image.modules), kernelBoot] : [hardwareOf(image), diskBoot(image)];
  const vmnets = await vmnetsFor(machine.nics);
  if (image.format === 1) await furnishKernel(machine, { image, hardware });
  else await furnishDisk(machine, { image, hardware });
  // VMware knows a machine by this file: it comes last.
  const wiring = startChanges(machine, { vmnets, socket: consolePlace(machine) });
  const settings = changeSettings(machineFile(machine, hardware, boot), wiring);
  const path = join(machineFolder(machine.name), vmxName(machine));
  await writeFile(path, settings, { encoding: "latin1", mode: 0o600 });
}

type Of<Image> = { readonly image: Image; readonly hardware: Hardware };

async function furnishKernel(machine: Machine, { image, hardware }: Of<KernelImage>): Promise<void> {
  const folder = machineFolder(machine.name);
  await makeBootDisc(machine, image);
  await makeEmptyDisk(join(folder, files.extent));
  await writeFile(join(folder, files.disk), diskDescriptor(emptyDiskSize, hardware), { mode: 0o600 });
}

/**
 * A copy of the image's disk. VMware's own programs alone make one that holds differences only, of a disk of theirs.
 *
 * @throws TarrError `image-kind`, `qemu-img-missing`
 */
async function furnishDisk(machine: Machine, { image, hardware }: Of<DiskImage>): Promise<void> {
  if (image.disk === null) throw kindError(image, "vmware");
  const folder = machineFolder(machine.name);
  const source = join(imageFolder(machine.image), image.disk.file);
  const options = `subformat=monolithicSparse,adapter_type=${adapterOf(hardware)}`;
  await copyDisk(source, { path: join(folder, files.disk), format: "vmdk", options });
  if (image.firstBoot !== "none") await makeSeed(join(folder, files.seed), await seedOf(machine, image));
}

/** VMware has no way to give a kernel to a machine, as QEMU has: it boots from a disc. */
async function makeBootDisc(machine: Machine, image: KernelImage): Promise<void> {
  const packages = missingParts();
  if (packages.length > 0) throw providerProblem("vmware", "boot-parts-missing", { packages: packages.join(" ") });
  const folder = imageFolder(machine.image);
  const { publicKey } = await machineKey();
  await makeBootMedium({
    path: join(machineFolder(machine.name), files.disc),
    kernel: join(folder, image.packedKernel),
    initrd: await machineInitrd(join(folder, image.initrd), machine, machineFolder(machine.name)),
    commandLine: bootWords(guestCommandLine(image.commandLine, { hostname: plainName(machine), keys: [publicKey] })),
  });
}

/** Makes the disc anew when the image was built again since; a machine with a whole disk of its own has none. */
export async function freshBootDisc(machine: Machine): Promise<void> {
  const medium = join(machineFolder(machine.name), files.disc);
  const image = await staleMediumImage(medium, imageFolder(machine.image));
  if (image !== null) await makeBootDisc(machine, image);
}
