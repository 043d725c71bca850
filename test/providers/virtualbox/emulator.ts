/**
 * QEMU of Debian unstable, unpacked beside the system's own and never installed. From QEMU 10.2 on the interrupts of an
 * emulated processor are written down atomically; in the 7.2 of Debian 12 some get lost when AMD-V is used on two
 * processors, which crashed guests or stopped the whole PC.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "../../../src/host/command.ts";
import { cacheFolder, digest, once, privateMounts, removeFrom } from "../../room/debian-root.ts";

const options = [
  ...["--variant=extract", "--include=qemu-system-x86", '--aptopt=Acquire::Check-Valid-Until "false"'],
  ...['--aptopt=APT::Install-Recommends "false"', "--dpkgopt=path-exclude=/usr/share/doc/*"],
];

/** The beginning of a command line that runs it: by the loader and libraries that it was built for. */
export async function ensureEmulator(): Promise<readonly string[]> {
  const folder = join(cacheFolder, "emulators");
  const root = join(folder, digest(options));
  await once(root, async (draft) => {
    await mustRun([...privateMounts, "mmdebstrap", "--quiet", ...options, "sid", draft], { timeout: 10 * 60_000 });
    if (existsSync(folder)) await removeFrom(folder, () => true);
  });
  const libraries = join(root, "usr/lib/x86_64-linux-gnu");
  return [
    ...["env", `QEMU_MODULE_DIR=${join(libraries, "qemu")}`, join(root, "usr/lib64/ld-linux-x86-64.so.2")],
    ...["--library-path", libraries, join(root, "usr/bin/qemu-system-x86_64")],
    ...["-L", join(root, "usr/share/qemu"), "-L", join(root, "usr/share/seabios")],
  ];
}
