import { constants } from "node:fs";
import { access, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { mustRun, run } from "../../host/command.ts";
import type { Entry } from "./cpio.ts";
import { fetchPackages, partsMissing, withLibraries } from "./packages.ts";

type Wanted = {
  readonly package: string;
  /** Path in the guest, and on a host that has the package. */
  readonly path: string;
  /** Left out when the host does not have it: not worth a download. */
  readonly optional?: true;
};

const wantedPrograms: readonly Wanted[] = [
  { package: "busybox-static", path: "bin/busybox" },
  { package: "dropbear-bin", path: "usr/sbin/dropbear" },
  { package: "dropbear-bin", path: "usr/bin/dbclient" },
  { package: "dropbear-bin", path: "usr/bin/dropbearkey" },
  // busybox of Debian cannot serve UDP (no udpsvd, no `nc -u`).
  { package: "netcat-traditional", path: "bin/nc.traditional", optional: true },
];

/** What the guest's scripts call. The package `busybox` (not static) has /bin/busybox too, without most of these. */
const neededApplets = "acpid arping cttyhack ifconfig init ip modprobe mount switch_root syslogd udhcpc".split(" ");

export type Programs = {
  readonly entries: readonly Entry[];
  /** Where each came from: a path of the host, or a package. */
  readonly sources: readonly string[];
};

type Found = { readonly wanted: Wanted; readonly file: string; readonly source: string; readonly libraries?: string };

export type ProgramPlaces = {
  /** "/" but for tests. */
  readonly root: string;
  readonly workspace: string;
  readonly onFetch: (name: string) => void;
};

/** The guest's programs with their shared libraries: of the host where it has them, else from Debian's packages. */
export async function collectPrograms(places: ProgramPlaces): Promise<Programs> {
  const found = await findPrograms(places);
  const entries: Entry[] = [];
  for (const program of found) {
    entries.push({ type: "file", path: program.wanted.path, mode: 0o755, data: await readFile(program.file) });
    entries.push(...(await libraries(program)));
  }
  entries.push(...(await applets(found)));
  return { entries, sources: found.map((program) => program.source) };
}

async function findPrograms(places: ProgramPlaces): Promise<Found[]> {
  const found: Found[] = [];
  const absent: Wanted[] = [];
  for (const wanted of wantedPrograms) {
    const file = join(places.root, wanted.path);
    if (await isUsable(file, wanted)) found.push({ wanted, file, source: file });
    else if (wanted.optional === undefined) absent.push(wanted);
  }
  return absent.length === 0 ? found : [...found, ...(await fetchPrograms(absent, places))];
}

async function fetchPrograms(absent: readonly Wanted[], places: ProgramPlaces): Promise<Found[]> {
  const packages = await withLibraries([...new Set(absent.map((wanted) => wanted.package))]);
  places.onFetch(packages.join(" "));
  const directory = join(places.workspace, "programs");
  await fetchPackages(packages, directory);
  const found: Found[] = [];
  for (const wanted of absent) {
    // Debian 13 has /bin inside /usr in its packages too.
    const paths = [join(directory, wanted.path), join(directory, "usr", wanted.path)];
    const file = await firstUsable(paths, wanted);
    if (file === undefined) {
      throw partsMissing([wanted.package], `no usable /${wanted.path} in ${wanted.package}`);
    }
    found.push({ wanted, file, source: wanted.package, libraries: directory });
  }
  return found;
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
