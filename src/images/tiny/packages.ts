import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { mustRun, run } from "../../host/command.ts";
import { TarrError } from "../../error.ts";

/** A slow line and a kernel of 100 MB. */
const downloadTimeout = 15 * 60_000;

/**
 * Fetches Debian packages as an ordinary user and unpacks them into `directory`; nothing is installed, no script of
 * theirs runs. apt checks their signatures as it always does.
 *
 * @throws TarrError `image-parts-missing` when apt cannot give them.
 */
export async function fetchPackages(packages: readonly string[], directory: string): Promise<void> {
  const downloads = `${directory}.debs`;
  await mkdir(downloads, { recursive: true });
  await mkdir(directory, { recursive: true });
  const result = await run(["apt-get", "-q", "download", ...packages], { cwd: downloads, timeout: downloadTimeout });
  if (result.code !== 0) throw partsMissing(packages, result.stderr.trim().slice(-600));
  for (const name of await readdir(downloads)) {
    if (name.endsWith(".deb")) await mustRun(["dpkg", "-x", join(downloads, name), directory]);
  }
}

/** The kernel package a metapackage ("linux-image-cloud-amd64") stands for today. */
export async function kernelPackage(metapackage: string): Promise<string> {
  const result = await run(["apt-cache", "depends", metapackage]);
  const name = /^\s*Depends: (linux-image-\d\S+)$/m.exec(result.stdout)?.[1];
  if (name === undefined)
    throw partsMissing([metapackage], result.stderr.trim() || `apt knows no package ${metapackage}`);
  return name;
}

/**
 * Packages and the libraries they need, without the C library: the host's must fit the host's loader. Only through
 * libraries: what else a package depends on (debconf, adduser) is for its installation, and brings libraries of its own.
 */
export async function withLibraries(packages: readonly string[]): Promise<string[]> {
  const kinds = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"].map((kind) => `--no-${kind}`);
  const listing = await run(["apt-cache", "depends", "--recurse", ...kinds, ...packages]);
  const needs = parseDepends(listing.stdout);
  const found = new Set(packages);
  // A set that grows is gone through to its end.
  for (const name of found) {
    for (const need of needs.get(name) ?? []) {
      if (/^(lib|zlib)[a-z0-9.+-]+$/.test(need) && need !== "libc6") found.add(need);
    }
  }
  return [...found];
}

/** What `apt-cache depends` prints: a package at the line's start, then its dependencies, indented. */
export function parseDepends(text: string): ReadonlyMap<string, readonly string[]> {
  const result = new Map<string, string[]>();
  let needs: string[] = [];
  for (const line of text.split("\n")) {
    const need = /^\s+\|?(?:Pre)?Depends: (\S+)$/.exec(line)?.[1];
    if (need !== undefined) needs.push(need);
    else if (/^\S/.test(line)) result.set(line, (needs = []));
  }
  return result;
}

/** `packages` are what an administrator may install instead: an installed part is not fetched. */
export function partsMissing(packages: readonly string[], said: string): TarrError {
  return new TarrError("image-parts-missing", { said, install: `apt install ${packages.join(" ")}` });
}
