import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TarrError } from "../../error.ts";
import type { FirstBoot, Machine } from "../../model/machine.ts";
import type { Entry } from "./cpio.ts";
import { packCpio } from "./cpio.ts";
import { quoted } from "../../model/shell-word.ts";

const folder = "etc/tiny-first";

/**
 * What a machine is given at its first boot, as files that the guest's rcS runs once and then removes.
 *
 * @throws TarrError `first-boot-packages`
 */
export function firstBootEntries(machine: Pick<Machine, "name" | "image" | "firstBoot">): Entry[] {
  const { name, image, firstBoot } = machine;
  if (firstBoot === undefined) return [];
  if (firstBoot.packages.length > 0) {
    throw new TarrError("first-boot-packages", { name, image, packages: firstBoot.packages.join(" ") });
  }
  const contents = firstBoot.files.map(({ content }, index): Entry => {
    return { type: "file", path: `${folder}/file-${index}`, mode: 0o600, data: content };
  });
  const script: Entry[] =
    firstBoot.script === null
      ? []
      : [{ type: "file", path: `${folder}/script`, mode: 0o700, data: `${firstBoot.script.trimEnd()}\n` }];
  const run: Entry = { type: "file", path: `${folder}/run`, mode: 0o700, data: firstBootScript(firstBoot) };
  return [{ type: "directory", path: folder, mode: 0o700 }, ...contents, ...script, run];
}

/**
 * Run by the guest's own shell, where it lies. Each line stands for itself: one that fails keeps none from the next. What
 * failed is kept where Debian machines keep it, since nobody may be looking at the console.
 */
export function firstBootScript({ files, script, password }: FirstBoot): string {
  const lines = files.flatMap(({ path, mode }, index) => {
    const target = quoted(path);
    const parent = quoted(path.slice(0, path.lastIndexOf("/")) || "/");
    const steps = [`mkdir -p ${parent}`, `cat ./file-${index} >${target}`, `chmod ${mode.toString(8)} ${target}`];
    return [`{ ${steps.join(" && ")}; } || failed ${quoted(`files: ${path}`)}`];
  });
  const secret =
    password === null
      ? []
      : [
          // A hash of crypt(5) holds no colon and no vertical bar.
          `{ hash=$(mkpasswd -m sha512 ${quoted(password)}) &&`,
          'sed -i "s|^root:[^:]*:|root:$hash:|" /etc/shadow; } || failed password',
        ];
  const last = script === null ? [] : ['(cd / && sh "$here/script") || failed "script: $?"'];
  return [...begin, ...lines, ...secret, ...last, ""].join("\n");
}

/** tee goes on in the background: a program that the script leaves running holds the pipe open, and not the boot. */
const begin = [
  'cd "${0%/*}" || exit',
  "here=$PWD",
  "place=/var/lib/tarr-steps",
  'mkdir -p "$place"',
  'rm -f "$place/first-boot-failed"',
  'failed() { echo "first boot failed: $1"; echo "$1" >>"$place/first-boot-failed"; }',
  'mkfifo "$here/said"',
  'tee "$place/first-boot.log" <"$here/said" &',
  'exec >"$here/said" 2>&1',
];

/**
 * The memory that a machine starts from: the image's, or, when it is given something at its first boot, that with an
 * archive of its own behind it (the kernel unpacks one after the other: initramfs buffer format). Made anew each time, as
 * the image may be.
 */
export async function machineInitrd(image: string, machine: Machine, place: string): Promise<string> {
  const entries = firstBootEntries(machine);
  if (entries.length === 0) return image;
  const base = await readFile(image);
  const padding = Buffer.alloc((4 - (base.length % 4)) % 4);
  const path = join(place, "initrd");
  await writeFile(path, Buffer.concat([base, padding, packCpio(entries)]), { mode: 0o600 });
  return path;
}
