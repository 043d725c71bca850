import { open, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../../host/command.ts";
import { makeBootMedium, missingParts } from "../../images/medium.ts";
import { readKernelImage } from "../../images/record.ts";
import { guestCommandLine } from "../../images/tiny/cmdline.ts";
import { machineInitrd } from "../../images/tiny/first-boot.ts";
import type { Machine } from "../../model/machine.ts";
import { providerProblem } from "../absent.ts";
import { imageFolder, machineFolder } from "../folders.ts";
import { machineKey } from "../key.ts";
import { consolePlace } from "./console.ts";
import { vmnetsFor } from "./host.ts";
import { bootWords, diskDescriptor, files, hardwareFor, machineFile, startChanges, vmxName } from "./machine-file.ts";
import { changeSettings } from "./vmx.ts";

/** Room for a machine's own files; sparse, so that it costs what is written. */
const diskSize = 512 * 1024 * 1024;

/** Makes a machine's settings, disk and boot medium in its folder. */
export async function furnish(machine: Machine): Promise<void> {
  const folder = machineFolder(machine.name);
  const image = await readKernelImage(imageFolder(machine.image), "vmware");
  const hardware = hardwareFor(machine.image, image.modules);
  const vmnets = await vmnetsFor(machine.nics);
  await makeBootDisc(machine);
  await makeExtent(join(folder, files.extent));
  await writeFile(join(folder, files.disk), diskDescriptor(diskSize, hardware), { mode: 0o600 });
  // VMware knows a machine by this file: it comes last.
  const wiring = startChanges(machine, { vmnets, socket: consolePlace(machine) });
  const settings = changeSettings(machineFile(machine, hardware), wiring);
  await writeFile(join(folder, vmxName(machine)), settings, { encoding: "latin1", mode: 0o600 });
}

/** An empty file system, which the guest installs itself on at its first start. */
async function makeExtent(path: string): Promise<void> {
  await (await open(path, "wx", 0o600)).close();
  await truncate(path, diskSize);
  // -E nodiscard and lazy tables: a file just made holds zeros already.
  await mustRun(["mke2fs", "-q", "-t", "ext4", "-E", "nodiscard,lazy_itable_init=1", "-L", "tarr-steps", path]);
}

/** VMware has no way to give a kernel to a machine, as QEMU has: it boots from a disc. */
async function makeBootDisc(machine: Machine): Promise<void> {
  const packages = missingParts();
  if (packages.length > 0) throw providerProblem("vmware", "boot-parts-missing", { packages: packages.join(" ") });
  const folder = imageFolder(machine.image);
  const image = await readKernelImage(folder, "vmware");
  const { publicKey } = await machineKey();
  await makeBootMedium({
    path: join(machineFolder(machine.name), files.disc),
    kernel: join(folder, image.packedKernel),
    initrd: await machineInitrd(join(folder, image.initrd), machine, machineFolder(machine.name)),
    commandLine: bootWords(guestCommandLine(image.commandLine, { hostname: machine.name, keys: [publicKey] })),
  });
}

/** Makes the disc anew when the image was built again since. */
export async function freshBootDisc(machine: Machine): Promise<void> {
  const made = await modified(join(machineFolder(machine.name), files.disc));
  const built = await modified(join(imageFolder(machine.image), "image.json"));
  if (made < built || made === 0) await makeBootDisc(machine);
}

async function modified(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
