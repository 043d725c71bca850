import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, open, readdir, readFile, rename, truncate, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { basename, dirname, join } from "node:path";
import { TarrError } from "../../error.ts";
import type { Argv, CommandResult } from "../../host/command.ts";
import { hasProgram, mustRun, run } from "../../host/command.ts";
import { checksumOf } from "../import/bytes.ts";
import type { Recipe } from "../../model/recipe.ts";
import type { DiskImage } from "../record.ts";
import { namespace, removeOthers } from "../namespace.ts";
import { rootFolder } from "../root.ts";
import { inWorkspace, replaceDirectory } from "../workspace.ts";
import { sector, withBlockList, withBootCode } from "./grub.ts";
import { earlyFiles, overlayFiles, packages } from "./overlay.ts";
import type { UnknownPackage } from "./package-names.ts";
import { missingIn, nameHooks, withNearest } from "./package-names.ts";
import { recipeFiles } from "./recipe.ts";
import type { Release } from "./releases.ts";
import finish from "./rootfs/finish.sh" with { type: "text" };
import type { Sources } from "./sources.ts";
import { readSources, sourceLines } from "./sources.ts";

export type DebianRequest = {
  readonly name: string;
  /** What is typed to build it: its name, or a recipe's file. */
  readonly typed: string;
  readonly release: Release;
  /** What comes on top of Debian. */
  readonly recipe: Recipe | null;
  /** Where the image goes; one that is there is replaced in one step. */
  readonly directory: string;
  /** Where fetched packages stay, for the next time. */
  readonly cache: string;
  /** Where the names of all packages of the release are put. */
  readonly names: string;
  /** Told of the packages of the recipe that there are not; then the build ends. */
  readonly unknown: (packages: readonly UnknownPackage[]) => void;
  readonly report: (event: { readonly phase: "bootstrap" | "disk" | "convert"; readonly detail: string }) => void;
};

const files = { disk: "disk.qcow2", tree: "root.tar.zst" } as const;
const patience = 3_600_000;
const mebibyte = 1024 ** 2;
/** In sectors: a place for GRUB, one for UEFI, and the system. */
const parts = {
  grub: { start: 2048, size: 2048 },
  uefi: { start: 4096, size: 131_072 },
  root: { start: 135_168 },
} as const;
/** What the guest sees; the file is as large as what is written. */
const diskMebibytes = 8192;

/**
 * Makes an image of Debian, as an ordinary user: mmdebstrap in a user namespace, from where the host's apt gets Debian.
 *
 * @throws TarrError `image-parts-missing`, `image-build-failed`
 */
export async function buildDebian(request: DebianRequest): Promise<DiskImage> {
  await requireTools();
  const sources = await readSources();
  await mkdir(request.cache, { recursive: true, mode: 0o700 });
  await sweep(request.directory);
  return inWorkspace(request.directory, async (workspace) => {
    await bootstrap(request, sources, workspace);
    request.report({ phase: "disk", detail: request.release.system });
    await makeDisk(request, workspace);
    request.report({ phase: "convert", detail: "qcow2" });
    const image = join(workspace, "image");
    await mkdir(image);
    await must(request, ["qemu-img", "convert", "-O", "qcow2", join(workspace, "disk.raw"), join(image, files.disk)]);
    await rename(join(workspace, files.tree), join(image, files.tree));
    const record = await recordOf(request, image);
    await writeFile(join(image, "image.json"), `${JSON.stringify(record, null, 2)}\n`);
    // Nobody's machine is made of it, or it would not be built anew.
    await removeOthers([rootFolder(request.directory)]);
    await replaceDirectory(image, request.directory);
    return record;
  });
}

/** What each program is of, on Debian. */
const tools = {
  mmdebstrap: "mmdebstrap",
  newuidmap: "uidmap",
  unshare: "util-linux",
  sfdisk: "fdisk",
  mke2fs: "e2fsprogs",
  mformat: "mtools",
  "qemu-img": "qemu-utils",
  zstd: "zstd",
} as const;

async function requireTools(): Promise<void> {
  const missing = Object.entries(tools).filter(([tool]) => !hasProgram(tool));
  if (missing.length > 0) {
    const said = missing.map(([tool]) => tool).join(", ");
    throw new TarrError("image-parts-missing", {
      said,
      install: `sudo apt install ${missing.map(([, name]) => name).join(" ")}`,
    });
  }
  const { username } = userInfo();
  const ids = await Promise.all(["/etc/subuid", "/etc/subgid"].map((path) => readFile(path, "utf8").catch(() => "")));
  if (!ids.every((text) => text.split("\n").some((line) => line.startsWith(`${username}:`)))) {
    const install = `sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${username}`;
    throw new TarrError("image-parts-missing", { said: "/etc/subuid, /etc/subgid", install });
  }
}

/** Runs a program of the build. @throws TarrError `image-build-failed` with the last that it said */
async function must(
  request: Pick<DebianRequest, "name" | "typed">,
  argv: Argv,
  options: Parameters<typeof run>[1] = {},
): Promise<void> {
  const result = await run(argv, { timeout: patience, ...options });
  if (result.code !== 0) throw buildFailure(request, argv, result);
}

function buildFailure(
  { name, typed }: Pick<DebianRequest, "name" | "typed">,
  argv: Argv,
  { code, stderr, stdout }: CommandResult,
): TarrError {
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "");
  const said = lines.find((line) => /^E: /.test(line)) ?? lines.at(-1) ?? `${argv[0]}: ${code}`;
  return new TarrError("image-build-failed", { name, typed, said });
}

/** Of what mmdebstrap tells, what takes its time. */
const told = /^I: ((?:running apt-get|downloading|extracting|installing|creating tarball).*?)(?:\.\.\.)?$/gm;

async function bootstrap(request: DebianRequest, sources: Sources, workspace: string): Promise<void> {
  const { release, recipe, cache, report } = request;
  const early = join(workspace, "early");
  await writeFiles(early, earlyFiles());
  await chmod(join(early, "etc/initramfs-tools/hooks/tarr-steps"), 0o755);
  await writeFiles(join(workspace, "overlay"), overlayFiles(sources, release.suite));
  await writeFiles(join(workspace, "recipe"), recipeFiles(recipe));
  const archives = "/var/cache/apt/archives";
  const names = join(workspace, "names");
  const words = [
    ...[
      "--mode=unshare",
      "--variant=important",
      "--format=tar",
      `--include=${[...packages, ...(recipe?.packages ?? [])].join(",")}`,
    ],
    ...sources.proxies.map((line) => `--aptopt=${line.replace(/;$/, "")}`),
    ...["--dpkgopt=force-unsafe-io", "--skip=download/empty", "--skip=essential/unlink"],
    ...nameHooks(names),
    `--setup-hook=mkdir -p "$1${archives}"`,
    `--setup-hook=sync-in "${cache}" ${archives}`,
    `--essential-hook=sync-in "${early}" /`,
    // Kept before anything else can fail.
    `--customize-hook=sync-out ${archives} "${cache}"`,
  ];
  const onOutput = (text: string) => {
    for (const [, detail = ""] of text.matchAll(told)) report({ phase: "bootstrap", detail });
  };
  const place = [release.suite, join(workspace, "root.tar"), ...sourceLines(sources, release.suite)];
  // Its tree is somebody else's to the kernel, who may not enter a user's home.
  // When we are killed it ends too, and removes that tree.
  const argv: Argv = ["setpriv", "--pdeathsig", "TERM", "mmdebstrap", ...words, ...place];
  const result = await run(argv, { timeout: patience, onOutput, env: { TMPDIR: "/var/tmp" } });
  if (result.code === 0) {
    await copyFile(names, `${request.names}.new`);
    await rename(`${request.names}.new`, request.names);
    return;
  }
  const missing = missingIn(`${result.stdout}\n${result.stderr}`).filter((one) => recipe?.packages.includes(one));
  if (missing.length > 0) request.unknown(await withNearest(missing, names));
  throw buildFailure(request, argv, result);
}

async function writeFiles(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(folder, { mode: 0o755 });
  for (const [path, content] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true, mode: 0o755 });
    await writeFile(join(folder, path), content, { mode: 0o644 });
  }
}

/** Removes what a build left that was ended by force: files of others, to the kernel, which the user cannot remove alone. */
async function sweep(directory: string): Promise<void> {
  const prefix = `.${basename(directory)}.build-`;
  const names: string[] = await readdir(dirname(directory)).catch(() => []);
  const left = names.filter((name) => {
    const pid = name.startsWith(prefix) ? name.slice(prefix.length).split("-")[0] : undefined;
    return pid !== undefined && !existsSync(`/proc/${pid}`);
  });
  await removeOthers(left.map((name) => join(dirname(directory), name)));
}

async function makeDisk(request: DebianRequest, workspace: string): Promise<void> {
  const disk = join(workspace, "disk.raw");
  const bytes = diskMebibytes * mebibyte;
  const rootKibibytes = (bytes - parts.root.start * sector - mebibyte) / 1024;
  await writeFile(disk, "", { flag: "wx", mode: 0o600 });
  await truncate(disk, bytes);
  const table = [
    "label: gpt",
    `start=${parts.grub.start}, size=${parts.grub.size}, type=21686148-6449-6E6F-744E-656564454649`,
    `start=${parts.uefi.start}, size=${parts.uefi.size}, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B`,
    `start=${parts.root.start}, size=${rootKibibytes * 2}, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4`,
  ];
  await must(request, ["sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", disk], {
    stdin: `${table.join("\n")}\n`,
  });
  const { uid, gid } = userInfo();
  const numbers = [parts.root.start * sector, rootKibibytes, uid, gid].map(String);
  await must(request, [...namespace, "sh", "-euc", finish, "sh", workspace, ...numbers]);
  await putBootLoaders(workspace, disk);
}

async function putBootLoaders(workspace: string, disk: string): Promise<void> {
  const from = (name: string) => readFile(join(workspace, "grub", name));
  const [boot, core] = [await from("boot.img"), await from("core.img")];
  if (core.length > parts.grub.size * sector) throw new TarrError("bug", { reason: `core.img: ${core.length}` });
  const file = await open(disk, "r+");
  try {
    const first = Buffer.alloc(sector);
    await file.read(first, 0, sector, 0);
    await file.write(withBootCode(first, boot, parts.grub.start), 0, sector, 0);
    const placed = withBlockList(core, parts.grub.start);
    await file.write(placed, 0, placed.length, parts.grub.start * sector);
  } finally {
    await file.close();
  }
  const volume = `${disk}@@${parts.uefi.start * sector}`;
  const env = { MTOOLS_SKIP_CHECK: "1" };
  const geometry = ["-T", String(parts.uefi.size), "-h", "64", "-s", "32", "-F", "-v", "UEFI"];
  await mustRun(["mformat", "-i", volume, ...geometry, "::"], { env });
  await mustRun(["mmd", "-i", volume, "::/EFI", "::/EFI/BOOT"], { env });
  await mustRun(["mcopy", "-i", volume, join(workspace, "grub/BOOTX64.EFI"), "::/EFI/BOOT/BOOTX64.EFI"], { env });
}

async function recordOf({ name, release, recipe }: DebianRequest, image: string): Promise<DiskImage> {
  const part = async (file: string) => ({ file, sha256: await checksumOf(join(image, file), "sha256") });
  return {
    format: 2,
    name,
    architecture: "x86_64",
    disk: await part(files.disk),
    firmware: ["bios", "uefi"],
    tree: await part(files.tree),
    firstBoot: "tarr-steps",
    user: "debian",
    system: release.system,
    memory: recipe?.memory ?? 512,
    built: new Date().toISOString(),
  };
}
