/**
 * QEMU of Debian unstable, unpacked beside the system's own and never installed. From QEMU 10.2 on the interrupts of an
 * emulated processor are written down atomically; in the 7.2 of Debian 12 some get lost when AMD-V is used on two
 * processors, which crashed guests or stopped the whole PC.
 */
import { existsSync } from "node:fs";
import { chmod, readFile, writeFile } from "node:fs/promises";
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
  const root = join(folder, digest([...options, "without an assertion"]));
  await once(root, async (draft) => {
    await mustRun([...privateMounts, "mmdebstrap", "--quiet", ...options, "sid", draft], { timeout: 10 * 60_000 });
    const program = join(draft, "usr/bin/qemu-system-x86_64");
    await writeFile(`${program}-mended`, await mended(program));
    await chmod(`${program}-mended`, 0o755);
    if (existsSync(folder)) await removeFrom(folder, () => true);
  });
  const libraries = join(root, "usr/lib/x86_64-linux-gnu");
  return [
    ...["env", `QEMU_MODULE_DIR=${join(libraries, "qemu")}`, join(root, "usr/lib64/ld-linux-x86-64.so.2")],
    ...["--library-path", libraries, join(root, "usr/bin/qemu-system-x86_64-mended")],
    ...["-L", join(root, "usr/share/qemu"), "-L", join(root, "usr/share/seabios")],
  ];
}

/**
 * The program without one assertion. A guest that writes CR8 while a virtual interrupt waits makes helper_write_crN call
 * cpu_interrupt without the lock that this asserts, and QEMU ends itself. UEFI does so with each of its interrupts.
 * What the function does then, for the processor it runs on, is atomic.
 */
async function mended(program: string): Promise<Buffer> {
  const code = await readFile(program);
  const symbols = await mustRun(["readelf", "--dyn-syms", "--wide", program]);
  const address = /^ *\d+: ([0-9a-f]+) +\d+ FUNC .* cpu_interrupt$/m.exec(symbols)?.[1];
  const start = address === undefined ? 0 : await offsetOf(program, parseInt(address, 16));
  const found = withoutAssertion(code.subarray(start, start + 64));
  if (!found) process.stderr.write("QEMU's assertion in cpu_interrupt was not found: UEFI may end the PC\n");
  return code;
}

/** Turns "if not locked, fail" (`test %al,%al; je`) into nothing. Answers whether it was there. */
function withoutAssertion(code: Buffer): boolean {
  const [test, jump, nothing] = [Buffer.from([0x84, 0xc0]), 0x74, 0x90];
  const at = code.indexOf(test) + test.length;
  if (at < test.length || code[at] !== jump) return false;
  code.fill(nothing, at, at + 2);
  return true;
}

/** Where in the file an address is that its program header loads. */
async function offsetOf(program: string, address: number): Promise<number> {
  const headers = await mustRun(["readelf", "--program-headers", "--wide", program]);
  for (const [, offset = "", start = "", size = ""] of headers.matchAll(/LOAD +(\S+) (\S+) \S+ (\S+)/g)) {
    const within = address - Number(start);
    if (within >= 0 && within < Number(size)) return Number(offset) + within;
  }
  throw new Error(`${program} loads nothing at ${address.toString(16)}`);
}
