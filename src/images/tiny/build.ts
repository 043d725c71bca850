import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { KernelImage } from "../record.ts";
import { packCpio, type Entry } from "./cpio.ts";
import { chooseModules, fetchKernel, findKernel, hostKernelPlaces, readModule, type Kernel } from "./kernel.ts";
import { uncompressedName, type ModuleSelection } from "./modules.ts";
import { collectPrograms } from "./programs.ts";
import { guestFiles } from "./rootfs.ts";
import { terminalEntries } from "./terminals.ts";
import { unpackKernel } from "./vmlinux.ts";
import { inWorkspace, replaceDirectory } from "../workspace.ts";

/** What the build does now; `detail` is a version, packages or a path, the same in every language. */
export type BuildEvent = {
  readonly phase: "kernel" | "programs" | "absent" | "fetch" | "pack";
  readonly detail: string;
};

export type BuildRequest = {
  /** Where the image goes; an image that is there is replaced in one step. */
  readonly directory: string;
  readonly report: (event: BuildEvent) => void;
  /** Where the host keeps its parts; other places for tests. */
  readonly host?: { readonly boot: string; readonly modules: string; readonly root: string };
};

/**
 * Makes the image "tiny" from what the host has: its kernel, busybox and dropbear. Needs no rights beyond writing
 * `directory`. Parts the host lacks are fetched with apt, as an ordinary user.
 *
 * @throws TarrError `image-parts-missing` when a part is neither on the host nor to be fetched.
 */
export function buildTiny(request: BuildRequest): Promise<KernelImage> {
  return inWorkspace(request.directory, (workspace) => build(request, workspace));
}

async function build(request: BuildRequest, workspace: string): Promise<KernelImage> {
  const { report, host } = request;
  const onFetch = (detail: string) => report({ phase: "fetch", detail });
  const places = host === undefined ? hostKernelPlaces : { ...hostKernelPlaces, ...host };
  const kernel = (await findKernel(places)) ?? (await fetchKernel(join(workspace, "kernel-package"), onFetch));
  report({ phase: "kernel", detail: kernel.version });
  const selection = await chooseModules(kernel);
  const programs = await collectPrograms({ root: host?.root ?? "/", workspace, onFetch });
  report({ phase: "programs", detail: programs.sources.join(" ") });
  if (programs.absent.length > 0) report({ phase: "absent", detail: programs.absent.join(" ") });
  report({ phase: "pack", detail: request.directory });
  const image = join(workspace, "image");
  await mkdir(image);
  const unpacked = await unpackKernel(kernel.image, workspace);
  const packedKernel = unpacked === undefined ? "kernel" : "vmlinuz";
  if (unpacked !== undefined) await writeFile(join(image, "kernel"), unpacked);
  await copyFile(kernel.image, join(image, packedKernel));
  const terminals = await terminalEntries(host?.root ?? "/");
  const modules = await moduleEntries(kernel, selection, workspace);
  // Our own files come first: where busybox has a command of the same name (ssh has not, but may), ours stays.
  const archive = packCpio([...guestFiles(), ...programs.entries, ...terminals, ...modules]);
  // What is compressed already comes first and as it is (`readInitrd`): the kernel takes it faster than out of a gzip.
  await writeFile(join(image, "initrd"), Buffer.concat([packCpio(programs.packed), gzipSync(archive, { level: 1 })]));
  const record = imageRecord(kernel, {
    programs: [...programs.sources],
    modules: [...selection.builtin, ...selection.names],
    packedKernel,
  });
  await writeFile(join(image, "image.json"), `${JSON.stringify(record, null, 2)}\n`);
  await replaceDirectory(image, request.directory);
  return record;
}

async function moduleEntries(kernel: Kernel, selection: ModuleSelection, workspace: string): Promise<Entry[]> {
  const directory = `lib/modules/${kernel.version}`;
  const entries: Entry[] = [
    { type: "file", path: `${directory}/modules.dep`, data: selection.dep },
    { type: "file", path: `${directory}/modules.alias`, data: selection.alias },
  ];
  for (const file of selection.files) {
    const data = await readModule(join(kernel.modules, file), workspace);
    entries.push({ type: "file", path: `${directory}/${uncompressedName(file)}`, data });
  }
  return entries;
}

type Parts = Pick<KernelImage, "modules" | "programs" | "packedKernel">;

function imageRecord(kernel: Kernel, parts: Parts): KernelImage {
  return {
    format: 1,
    name: "tiny",
    architecture: process.arch === "arm64" ? "aarch64" : "x86_64",
    kernel: "kernel",
    initrd: "initrd",
    kernelVersion: kernel.version,
    // Without the kernel's tests of its own ciphers: where the processor is emulated, an eighth of the boot goes to them.
    commandLine: `console=${process.arch === "arm64" ? "ttyAMA0" : "ttyS0"} quiet panic=-1 cryptomgr.notests`,
    ...parts,
    built: new Date().toISOString(),
  };
}
