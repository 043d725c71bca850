import { expect } from "bun:test";
import { mkdir, mkdtemp, open, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";

/** Real files, made by qemu-img and tar here, and the command line beside them. */
export type Desk = {
  readonly place: string;
  readonly images: string;
  readonly tarr: (words: readonly string[], env?: Record<string, string>) => Promise<Told>;
  readonly left: () => Promise<string[]>;
  readonly recordOf: (name: string) => Promise<Record<string, unknown>>;
  readonly refused: (words: readonly string[], expected: Refusal) => Promise<void>;
  readonly clear: () => Promise<void>;
};

export type Told = { readonly code: number; readonly out: string; readonly err: string };
export type Refusal = { readonly code: number; readonly said: RegExp };

export const command = join(import.meta.dir, "../../src/main.ts");
export const bun = process.execPath;

export async function openDesk(): Promise<Desk> {
  const place = await mkdtemp(join(tmpdir(), "tarr-import-"));
  await makeFiles(place);
  const images = join(place, "home/tarr-steps/images");
  const tarr: Desk["tarr"] = async (words, env = {}) => {
    const child = Bun.spawn([bun, command, ...words], {
      cwd: place,
      stdout: "pipe",
      stderr: "pipe",
      env: { PATH: process.env["PATH"] ?? "", HOME: place, XDG_DATA_HOME: join(place, "home"), LANG: "C", ...env },
    });
    const [out, err, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { code, out, err };
  };
  const left = async (): Promise<string[]> => (await readdir(images).catch(() => [])).sort();
  return {
    ...{ place, images, tarr, left },
    recordOf: async (name) =>
      JSON.parse(await readFile(join(images, name, "image.json"), "utf8")) as Record<string, unknown>,
    /** Refused with one sentence and a hint, and nothing left behind. */
    refused: async (words, expected) => {
      const before = await left();
      const told = await tarr(words);
      expect(told.err).toMatch(expected.said);
      expect(told.err).not.toContain("  at ");
      expect(told.code).toBe(expected.code);
      expect(await left()).toEqual(before);
    },
    clear: () => rm(place, { recursive: true, force: true }),
  };
}

async function makeFiles(place: string): Promise<void> {
  const raw = join(place, "disk.raw");
  const file = await open(raw, "w");
  const mbr = Buffer.alloc(512);
  mbr.write("code");
  mbr.writeUInt16LE(0xaa55, 510);
  await file.write(mbr, 0, 512, 0);
  await file.write(Buffer.from("data of the guest"), 0, 17, 1024 * 1024);
  await file.close();
  await truncate(raw, 16 * 1024 * 1024);
  for (const format of ["qcow2", "vdi", "vmdk"]) {
    await $`qemu-img convert -q -f raw -O ${format} disk.raw disk.${format}`.cwd(place);
  }
  await $`qemu-img convert -q -f raw -O vmdk -o subformat=streamOptimized disk.raw stream.vmdk`.cwd(place);
  const root = join(place, "root");
  for (const folder of ["etc", "usr/bin", "usr/lib", "boot"]) await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, "usr/lib/os-release"), 'PRETTY_NAME="Example 1"\n');
  await symlink("../usr/lib/os-release", join(root, "etc/os-release"));
  await symlink("usr/bin", join(root, "bin"));
  await writeFile(join(root, "usr/bin", "x".repeat(150)), "long");
  await $`cp /bin/true ${join(root, "usr/bin/true")} && chmod 4755 ${join(root, "usr/bin/true")}`;
  await $`ln ${join(root, "usr/bin/true")} ${join(root, "usr/bin/same")}`;
  await writeFile(join(root, "boot/vmlinuz-6.1"), "kernel");
  await $`tar --numeric-owner --owner=0 --group=0 -C root -cf root.tar .`.cwd(place);
}
