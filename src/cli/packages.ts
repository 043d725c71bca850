import { join } from "node:path";
import type { UnknownPackage } from "../images/debian/package-names.ts";
import { unknownPackages } from "../images/debian/package-names.ts";
import type { ReleaseName } from "../images/debian/releases.ts";
import { isReleaseName, releases } from "../images/debian/releases.ts";
import type { Lab, LabMachine } from "../labs/lab.ts";
import type { Path, Source } from "../labs/place.ts";
import { cacheFolder } from "../providers/folders.ts";

/** The names of all packages of a release, as they were when an image of it was last built. */
export function namesFile(release: ReleaseName): string {
  return join(cacheFolder(), `${release}.packages`);
}

export function noteUnknownPackage(
  source: Source,
  path: Path,
  { name, near, system }: UnknownPackage & { readonly system: string },
): void {
  const values = { system, ...(near === null ? {} : { near }) };
  source.note(path, { value: name, cause: { code: "package-unknown", values } });
}

/** Packages of a lab that its machines could not install: told now, and not by a first boot that fails in minutes. */
export async function noteUnknownPackages({ machines }: Pick<Lab, "machines">, source: Source): Promise<void> {
  for (const machine of machines) {
    const { name, image, firstBoot } = machine;
    const wanted = firstBoot?.packages ?? [];
    if (wanted.length === 0 || !isReleaseName(image) || hasOwnSources(machine)) continue;
    for (const one of await unknownPackages(wanted, namesFile(image))) {
      const path = ["machines", name, "packages", wanted.indexOf(one.name)];
      noteUnknownPackage(source, path, { ...one, system: releases[image].system });
    }
  }
}

/** Whether apt in the machine may know more packages than Debian's. */
function hasOwnSources({ firstBoot }: LabMachine): boolean {
  return (firstBoot?.files ?? []).some(({ path }) => path.startsWith("/etc/apt/"));
}
