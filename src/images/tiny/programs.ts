import { constants } from "node:fs";
import { access, readFile, realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { mustRun, run } from "../../host/command.ts";
import { TarrError } from "../../error.ts";
import type { Entry } from "./cpio.ts";
import type { PackedProgram } from "./packed.ts";
import { packPrograms } from "./packed.ts";
import { fetchPackages, partsMissing, withLibraries } from "./packages.ts";

type Wanted = {
  readonly package: string;
  /** Path in the guest, and on a host that has the package. */
  readonly path: string;
  /** Left out when the host does not have it: not worth a download. */
  readonly optional?: true;
};

/** What a boot needs: with their libraries they are unpacked from the start. */
const bootPrograms: readonly Wanted[] = [
  { package: "busybox-static", path: "bin/busybox" },
  { package: "dropbear-bin", path: "usr/sbin/dropbear" },
  { package: "dropbear-bin", path: "usr/bin/dbclient" },
  { package: "dropbear-bin", path: "usr/bin/dropbearkey" },
  // busybox of Debian cannot serve UDP (no udpsvd, no `nc -u`).
  { package: "netcat-traditional", path: "bin/nc.traditional", optional: true },
];

/** What people type: packed in the guest until its first use (`packed.ts`), and left out when it cannot be had. */
const typedPrograms: readonly Wanted[] = [
  { package: "nano", path: "usr/bin/nano" },
  { package: "tcpdump", path: "usr/sbin/tcpdump" },
  { package: "nftables", path: "usr/sbin/nft" },
  // The `ip` of busybox is in /sbin: the guest's scripts find that one first, and a user's shell this one.
  { package: "iproute2", path: "usr/sbin/ip" },
  { package: "iproute2", path: "usr/sbin/bridge" },
  { package: "iproute2", path: "usr/bin/ss" },
];

/** What the guest's scripts call. The package `busybox` (not static) has /bin/busybox too, without most of these. */
const neededApplets = "acpid arping cttyhack ifconfig init ip modprobe mount switch_root syslogd udhcpc".split(" ");

export type Programs = {
  readonly entries: readonly Entry[];
  /** The files of those that are packed, compressed one by one. */
  readonly packed: readonly Entry[];
  /** Where each came from: a path of the host, or a package. */
  readonly sources: readonly string[];
  /** Packages whose programs are left out, since they are neither here nor to be fetched. */
  readonly absent: readonly string[];
};

type Found = { readonly wanted: Wanted; readonly file: string; readonly source: string; readonly libraries?: string };
type Search = { readonly found: Found[]; readonly absent: Wanted[] };

export type ProgramPlaces = {
  /** "/" but for tests. */
  readonly root: string;
  readonly workspace: string;
  readonly onFetch: (name: string) => void;
};

/** The guest's programs with their shared libraries: of the host where it has them, else from Debian's packages. */
export async function collectPrograms(places: ProgramPlaces): Promise<Programs> {
  const boot = await onHost(bootPrograms, places);
  const needed = boot.absent.filter(({ optional }) => optional === undefined);
  const found = [...boot.found, ...(await fetchPrograms(needed, places))];
  const entries: Entry[] = [];
  for (const program of found) entries.push(...(await libraries(program)), await programEntry(program));
  const typed = await typedFound(places);
  const { links, packed } = await packPrograms(await Promise.all(typed.found.map(packedProgram)), entries);
  return {
    entries: [...entries, ...links, ...(await applets(found))],
    packed,
    sources: [...found, ...typed.found].map((program) => program.source),
    absent: packagesOf(typed.absent),
  };
}

/** A computer without a network, or without apt's lists, still builds an image: what a boot needs is what it must have. */
async function typedFound(places: ProgramPlaces): Promise<Search> {
  const { found, absent } = await onHost(typedPrograms, places);
  try {
    return { found: [...found, ...(await fetchPrograms(absent, places))], absent: [] };
  } catch (error) {
    if (error instanceof TarrError && error.code === "image-parts-missing") return { found, absent };
    throw error;
  }
}

async function onHost(wanted: readonly Wanted[], { root }: ProgramPlaces): Promise<Search> {
  const found: Found[] = [];
  const absent: Wanted[] = [];
  for (const one of wanted) {
    const file = await firstUsable([join(root, one.path)], one);
    if (file === undefined) absent.push(one);
    else found.push({ wanted: one, file, source: file });
  }
  return { found, absent };
}

const packagesOf = (wanted: readonly Wanted[]) => [...new Set(wanted.map((one) => one.package))];

async function fetchPrograms(absent: readonly Wanted[], places: ProgramPlaces): Promise<Found[]> {
  if (absent.length === 0) return [];
  const packages = await withLibraries(packagesOf(absent));
  places.onFetch(packages.join(" "));
  const directory = join(places.workspace, "programs");
  await fetchPackages(packages, directory);
  const found: Found[] = [];
  for (const wanted of absent) {
    const file = await firstUsable(pathsIn(directory, wanted.path), wanted);
    if (file === undefined) {
      throw partsMissing([wanted.package], `no usable /${wanted.path} in ${wanted.package}`);
    }
    found.push({ wanted, file, source: wanted.package, libraries: directory });
  }
  return found;
}

/** Where a package may have a program: Debian 13 has /bin inside /usr in its packages too, and has moved some of /sbin. */
function pathsIn(directory: string, path: string): string[] {
  return ["bin", "sbin", "usr/bin", "usr/sbin"].map((folder) => join(directory, folder, basename(path)));
}

async function programEntry({ wanted, file }: Found): Promise<Entry> {
  return { type: "file", path: wanted.path, mode: 0o755, data: await readFile(file) };
}

async function packedProgram(program: Found): Promise<PackedProgram> {
  const data = program.wanted.path === "usr/bin/nano" ? await charactersEntry() : [];
  return { path: program.wanted.path, files: [...(await libraries(program)), ...data, await programEntry(program)] };
}

/** What glibc knows of UTF-8 (C.UTF-8 of Debian's libc-bin): without it nano shows each accent as two odd signs. */
async function charactersEntry(): Promise<Entry[]> {
  const path = "usr/lib/locale/C.utf8/LC_CTYPE";
  const data = await readFile(`/${path}`).catch(() => null);
  return data === null ? [] : [{ type: "file", path, data }];
}

async function firstUsable(files: readonly string[], wanted: Wanted): Promise<string | undefined> {
  for (const file of files) {
    if (await isUsable(file, wanted)) return file;
  }
  return undefined;
}

async function isUsable(file: string, wanted: Wanted): Promise<boolean> {
  try {
    await access(file, constants.R_OK | constants.X_OK);
    if (wanted.package !== "busybox-static") return true;
    const has = new Set((await mustRun([file, "--list"])).split("\n"));
    return neededApplets.every((applet) => has.has(applet));
  } catch {
    return false;
  }
}

/** Every command of busybox as a link, so that the guest need not make 300 of them at boot. */
async function applets(found: readonly Found[]): Promise<Entry[]> {
  const busybox = found.find((program) => program.wanted.package === "busybox-static");
  if (busybox === undefined) return [];
  const paths = (await mustRun([busybox.file, "--list-full"])).split("\n");
  return paths
    .filter((path) => path !== "" && path !== "bin/busybox")
    .map((path) => ({ type: "link", path, target: "/bin/busybox" }));
}

const loaders: Readonly<Record<string, { readonly path: string; readonly libraries: string }>> = {
  x64: { path: "lib64/ld-linux-x86-64.so.2", libraries: "lib/x86_64-linux-gnu" },
  arm64: { path: "lib/ld-linux-aarch64.so.1", libraries: "lib/aarch64-linux-gnu" },
};

/** The shared libraries of a program, as the host's own loader finds them (that program is the host's or Debian's). */
async function libraries(program: Found): Promise<Entry[]> {
  const loader = loaders[process.arch];
  if (loader === undefined) return [];
  const own =
    program.libraries === undefined ? [] : ["--library-path", libraryPath(program.libraries, loader.libraries)];
  // Without the mask the loader may choose a variant of a library made for this host's processor only.
  const options = ["--glibc-hwcaps-mask", "none", ...own] as const;
  const listing = await run([`/${loader.path}`, ...options, "--list", program.file]);
  if (listing.code !== 0) return []; // a static program
  if (listing.stdout.includes("not found")) {
    throw partsMissing([program.wanted.package], listing.stdout.trim());
  }
  const entries: Entry[] = [await library(`/${loader.path}`, loader.path)];
  for (const [, name, file] of listing.stdout.matchAll(/^\s*(\S+) => (\/\S+) \(/gm)) {
    if (name !== undefined && file !== undefined) entries.push(await library(file, `${loader.libraries}/${name}`));
  }
  return entries;
}

function libraryPath(directory: string, libraries: string): string {
  return `${join(directory, libraries)}:${join(directory, "usr", libraries)}`;
}

async function library(file: string, path: string): Promise<Entry> {
  return { type: "file", path, mode: 0o755, data: await readFile(await realpath(file)) };
}
