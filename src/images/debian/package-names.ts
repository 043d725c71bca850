import { readFile, stat } from "node:fs/promises";
import { nearest } from "../../model/nearest.ts";

/** A package that there is not, and the one that was most likely meant. */
export type UnknownPackage = { readonly name: string; readonly near: string | null };

const place = "/var/cache/apt/tarr-steps-names";

/**
 * Fetches apt's lists as mmdebstrap would, which then does not fetch them again (mmdebstrap(1), MMDEBSTRAP_APT_CONFIG). The
 * first line is for whoever waits.
 */
const update = `set -eu
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
cd "$1"
echo "I: running apt-get update..."
apt-get update -q --error-on=any
apt-cache dumpavail | sed -n 's/^Package: //p;s/^Provides: //p' >"$1${place}"`;

/** apt itself decides: it takes a name that one package alone provides. What else it says here it says again later. */
const ask = `set -eu
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
cd "$1"
said=$(apt-get install --simulate --no-install-recommends $(echo "$MMDEBSTRAP_INCLUDE" | tr , ' ') 2>&1 || :)
rm "$1${place}"
! echo "$said" | grep -E 'Unable to locate package|has no installation candidate'`;

/**
 * Hooks of mmdebstrap, which end it before it fetches the first package when there is not one of those that it is to
 * install: it would notice after a minute.
 *
 * @param file where the names of all packages are put
 */
export function nameHooks(file: string): readonly string[] {
  return [`--setup-hook=${update}`, `--setup-hook=download ${place} "${file}"`, `--setup-hook=${ask}`];
}

/** The packages that apt did not find, of what a build printed. */
export function missingIn(output: string): readonly string[] {
  const said = /^E: (?:Unable to locate package (\S+)|Package '(\S+)' has no installation candidate)$/gm;
  return [...new Set([...output.matchAll(said)].map(([, one, other]) => one ?? other ?? ""))];
}

/** Each package with the name that is nearest to it. */
export async function withNearest(names: readonly string[], file: string): Promise<readonly UnknownPackage[]> {
  const known = [...(await namesIn(file))];
  return names.map((name) => ({ name, near: nearest(name, known) }));
}

/** Lists this old prove nothing: a package may have come since. */
const oldest = 60 * 86_400_000;

/**
 * Those of `names` that were not among a release's packages when an image of it was last built here.
 *
 * @returns none too when that is not known, or was long ago
 */
export async function unknownPackages(names: readonly string[], file: string): Promise<readonly UnknownPackage[]> {
  const written = await stat(file).catch(() => null);
  if (written === null || Date.now() - written.mtimeMs > oldest) return [];
  const known = await namesIn(file);
  const unknown = names.filter((name) => !known.has(name));
  return unknown.map((name) => ({ name, near: nearest(name, [...known]) }));
}

/** A line has the name of a package, or all that it provides: `mail-transport-agent, libfoo (= 1.2)`. */
async function namesIn(file: string): Promise<ReadonlySet<string>> {
  const text = await readFile(file, "utf8").catch(() => "");
  const names = text.split(/[\n,]/).map((one) => one.trim().split(" ")[0] ?? "");
  return new Set(names.filter((one) => one !== ""));
}
