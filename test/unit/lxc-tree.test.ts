import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmod, lstat, mkdtemp, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Entry } from "../../src/images/tiny/cpio.ts";
import { packCpio } from "../../src/images/tiny/cpio.ts";
import { guestFiles } from "../../src/images/tiny/rootfs.ts";
import { unpackTree } from "../../src/images/tiny/tree.ts";
import { readCpio } from "../../src/images/tiny/unpack.ts";

const settings = { hostname: "c1", keys: ["ssh-ed25519 AAAA etu"] };
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tarr-steps-tree-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** An image folder with these files in its initrd. */
async function imageOf(entries: readonly Entry[]): Promise<string> {
  const image = await mkdtemp(join(folder, "image-"));
  const record = {
    ...{ format: 1, name: "tiny", architecture: "x86_64", kernel: "kernel", packedKernel: "kernel", initrd: "initrd" },
    ...{ kernelVersion: "6", commandLine: "", modules: [], programs: [], built: "" },
  };
  await writeFile(join(image, "image.json"), JSON.stringify(record));
  await writeFile(join(image, "initrd"), gzipSync(packCpio(entries)));
  return image;
}

describe("reading an archive", () => {
  const entries: Entry[] = [
    { type: "directory", path: "a", mode: 0o700 },
    { type: "file", path: "a/b", mode: 0o640, data: Buffer.from("xyz") },
    { type: "link", path: "a/c", target: "/bin/busybox" },
    { type: "file", path: "empty", mode: 0o644, data: Buffer.from("") },
  ];

  test("gives what was packed", () => {
    expect([...readCpio(Buffer.from(packCpio(entries)))]).toEqual(entries);
  });

  test("every cut is noticed", () => {
    const whole = Buffer.from(packCpio(entries));
    for (let length = 0; length < whole.length - 10; length += 7) {
      expect(() => [...readCpio(whole.subarray(0, length))]).toThrow();
    }
  });
});

describe("the image as a container's root", () => {
  test("all of it but the kernel's part, settled for this machine", async () => {
    const image = await imageOf([
      ...guestFiles(),
      { type: "file", path: "lib/modules/6/a.ko", data: "module" },
      { type: "link", path: "bin/sh", target: "/bin/busybox" },
    ]);
    const root = join(folder, "root");
    await unpackTree(image, root, settings);
    const text = (path: string) => readFile(join(root, path), "utf8");
    expect(await text("etc/hostname")).toBe("c1\n");
    expect(await text("etc/hosts")).toBe("127.0.0.1 localhost\n127.0.1.1 c1\n");
    expect(await text("root/.ssh/authorized_keys")).toBe("ssh-ed25519 AAAA etu\n");
    expect(await text("etc/inittab")).toContain("\n::respawn:-/bin/sh\n");
    expect(await text("etc/inittab")).not.toMatch(/cttyhack|init\.d\/power/);
    expect(await readlink(join(root, "bin/sh"))).toBe("/bin/busybox");
    const mode = async (path: string) => ((await lstat(join(root, path))).mode & 0o7777).toString(8);
    expect(await mode("root/.ssh")).toBe("700");
    expect(await mode("root/.ssh/authorized_keys")).toBe("600");
    expect(await mode("etc/init.d/rcS")).toBe("755");
    expect(await mode("etc")).toBe("755");
    for (const path of ["init", "lib/modules/6/a.ko"]) expect(lstat(join(root, path))).rejects.toThrow();
  });

  test("with the programs that lie packed before it", async () => {
    const image = await imageOf([{ type: "file", path: "usr/bin/ssh", data: "ssh" }]);
    const packed = packCpio([{ type: "file", path: "usr/lib/nano.gz", data: "nano" }]);
    await writeFile(join(image, "initrd"), Buffer.concat([packed, await readFile(join(image, "initrd"))]));
    const root = join(folder, "packed");
    await unpackTree(image, root, settings);
    expect(await readFile(join(root, "usr/lib/nano.gz"), "utf8")).toBe("nano");
    expect(await readFile(join(root, "usr/bin/ssh"), "utf8")).toBe("ssh");
  });

  test.each<[string, Entry[]]>([
    [
      "through a link",
      [
        { type: "link", path: "out", target: "/tmp" },
        { type: "file", path: "out/x", data: "" },
      ],
    ],
    ["upwards", [{ type: "file", path: "../x", data: "" }]],
    [
      "twice",
      [
        { type: "link", path: "x", target: "/tmp/y" },
        { type: "file", path: "x", data: "" },
      ],
    ],
  ])("nothing is written %s", async (name, entries) => {
    // packCpio would put the missing folders in: the archive of an enemy is packed by hand.
    const bytes = Buffer.concat(entries.map((entry) => Buffer.from(packCpio([entry])).subarray(0, -124)));
    const image = await imageOf([]);
    await writeFile(join(image, "initrd"), gzipSync(Buffer.concat([bytes, Buffer.from(packCpio([]))])));
    const root = join(folder, `bad-${name}`);
    expect(unpackTree(image, root, settings)).rejects.toThrow();
  });

  test("an image that is none", async () => {
    const image = await imageOf([]);
    await rm(join(image, "image.json"));
    expect(unpackTree(image, join(folder, "none"), settings)).rejects.toThrow("image-damaged");
    await chmod(image, 0o755);
  });
});
