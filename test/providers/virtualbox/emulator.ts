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
  const root = join(folder, digest([...options, ...mends.map(({ what }) => what)]));
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

type Mend = {
  readonly what: string;
  readonly inFunction: string;
  /** The instructions that become nothing, among those of the function. */
  readonly find: (code: readonly Instruction[]) => readonly Instruction[];
};

/** @property length in bytes */
type Instruction = { readonly address: number; readonly length: number; readonly text: string };

const mends: readonly Mend[] = [
  {
    // A guest that writes CR8 while a virtual interrupt waits makes helper_write_crN call cpu_interrupt without the lock
    // that this asserts, and QEMU ends itself. UEFI does so with each of its interrupts. What the function does then, for
    // the processor it runs on, is atomic.
    what: "the assertion of a lock",
    inFunction: "cpu_interrupt",
    find: (code) => {
      const at = code.findIndex(({ text }) => text === "test %al,%al");
      const pair = code.slice(at, at + 2);
      return pair[1]?.text.startsWith("je ") === true ? pair : [];
    },
  },
  {
    // VMRUN that injects an interrupt delivers it by itself, and leaves its number behind as an exception still to be
    // delivered. A processor that is called out of its loop just then delivers it once more: a guest in user space is
    // interrupted again before it has its own GS, and ends in a triple fault.
    what: "the second delivery of an interrupt",
    inFunction: "helper_vmrun",
    find: (code) => {
      const delivered = code.findIndex(({ text }) => /^call .*<do_interrupt_x86_hardirq/.test(text));
      // What lies before a processor's registers is the emulator's own of it: the number of its exception.
      const left = code.slice(0, Math.max(0, delivered)).findLast(({ text }) => /^mov %e\w+,-0x\w+\(%r/.test(text));
      return left === undefined ? [] : [left];
    },
  },
];

/** The program with what its mends take out. */
async function mended(program: string): Promise<Buffer> {
  const bytes = await readFile(program);
  const symbols = await mustRun(["readelf", "--dyn-syms", "--wide", program]);
  for (const { what, inFunction, find } of mends) {
    const found = find(await disassemble(program, symbols, inFunction));
    if (found.length === 0) process.stderr.write(`QEMU's ${inFunction} has another form: ${what} stays in it\n`);
    for (const { address, length } of found) {
      const start = await offsetOf(program, address);
      bytes.fill(nothing, start, start + length);
    }
  }
  return bytes;
}

/** `nop` */
const nothing = 0x90;

async function disassemble(program: string, symbols: string, name: string): Promise<readonly Instruction[]> {
  const [, address = "0", size = "0"] =
    new RegExp(`^ *\\d+: ([0-9a-f]+) +(\\d+) FUNC .* ${name}$`, "m").exec(symbols) ?? [];
  const start = parseInt(address, 16);
  const range = [`--start-address=${start}`, `--stop-address=${start + Number(size)}`];
  const text = await mustRun(["objdump", "--disassemble", "--wide", ...range, program]);
  return [...text.matchAll(/^ *([0-9a-f]+):\t((?:[0-9a-f]{2} )+) *\t(.*)$/gm)].map(
    ([, at = "", code = "", words = ""]) => ({
      address: parseInt(at, 16),
      length: code.trim().split(" ").length,
      text: words.trim().replaceAll(/ +/g, " "),
    }),
  );
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
