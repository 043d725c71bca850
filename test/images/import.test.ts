/** Files of a root, downloads, export; a server on loopback. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { $ } from "bun";
import type { Desk } from "./desk.ts";
import { openDesk } from "./desk.ts";

let desk: Desk;
let place = "";
beforeAll(async () => {
  desk = await openDesk();
  place = desk.place;
});
afterAll(() => desk.clear());

describe("files of a root", () => {
  test.each([
    ["plain", "cat"],
    ["gz", "gzip"],
    ["xz", "xz"],
    ["zst", "zstd"],
    ["bz2", "bzip2"],
  ])("%s: become the same files for a container", async (image, packer) => {
    await $`sh -c ${`${packer} < root.tar > packed`}`.cwd(place);
    const told = await desk.tarr(["image", "import", image, "packed"]);
    expect(told).toMatchObject({ code: 0 });
    expect(told.err).toContain("There is a kernel among its files");
    expect(await desk.recordOf(image)).toMatchObject({ disk: null, system: "Example 1", firstBoot: "none" });
    await rm(join(place, "again"), { recursive: true, force: true });
    await mkdir(join(place, "again"));
    const stored = join(desk.images, image, "root.tar.zst");
    await $`zstd -dqc ${stored} > again.tar && tar -C again -xpf again.tar && diff -r --no-dereference root again`.cwd(
      place,
    );
    expect(await $`tar --numeric-owner -tvf again.tar`.cwd(place).text()).toMatch(
      /-rwsr-xr-x 0\/0 .*usr\/bin\/(true|same)/,
    );
  });

  test("devices in /dev are left out, and told", async () => {
    await $`mkdir -p devices/dev devices/etc && mknod devices/dev/null c 1 3 && tar -C devices -cf devices.tar dev etc`.cwd(
      place,
    );
    const told = await desk.tarr(["image", "import", "devices", "devices.tar"]);
    expect(told.err).toContain("1 device or pipe was left out.");
    expect(await $`zstd -dqc ${join(desk.images, "devices/root.tar.zst")} | tar -t`.text()).toBe("dev/\netc/\n");
  });

  test("that lead out, or lie, are refused", async () => {
    await $`mkdir -p bad/etc bad/srv && mknod bad/srv/sda b 8 0 && tar -C bad -cf device.tar .`.cwd(place);
    await desk.refused(["image", "import", "evil", "device.tar"], {
      code: 65,
      said: /device outside of \/dev: srv\/sda/,
    });
    await $`tar -P --transform=s,^etc,../../etc, -C root -cf up.tar etc`.cwd(place);
    await desk.refused(["image", "import", "evil", "up.tar"], {
      code: 65,
      said: /outside of its root: \.\.\/\.\.\/etc/,
    });
    await $`tar -P -cf absolute.tar /etc/hostname`.cwd(place);
    await desk.refused(["image", "import", "evil", "absolute.tar"], {
      code: 65,
      said: /outside of its root: \/etc\/hostname/,
    });
    // A link, and then a file through it.
    await $`mkdir -p one two/etc && ln -sfn /tmp one/etc && echo x > two/etc/x && tar -cf through.tar -C one etc && tar -rf through.tar -C ../${place.slice(5)}/two etc/x`.cwd(
      place,
    );
    await desk.refused(["image", "import", "evil", "through.tar"], { code: 65, said: /goes through a link.*: etc\/x/ });
    await $`tar -cf twice.tar -C root usr/lib/os-release && tar -rf twice.tar -C root usr/lib/os-release`.cwd(place);
    await desk.refused(["image", "import", "evil", "twice.tar"], { code: 65, said: /os-release twice/ });
    await $`tar -C root --owner=70000 -cf ids.tar .`.cwd(place);
    await desk.refused(["image", "import", "evil", "ids.tar"], { code: 65, said: /id above 65535/ });
    await $`echo hello > text && tar -cf rootless.tar text`.cwd(place);
    await desk.refused(["image", "import", "evil", "rootless.tar"], {
      code: 65,
      said: /holds no root of a Linux system/,
    });
    const cuts = ["gzip -c root.tar | head -c 10000 > cut.gz", "xz -c root.tar | head -c 5000 > cut.xz"];
    for (const cut of [...cuts, "head -c 20000 root.tar > cut.tar"]) await $`sh -c ${cut}`.cwd(place);
    for (const name of ["cut.gz", "cut.tar", "cut.xz"]) {
      await desk.refused(["image", "import", "evil", name], { code: 65, said: /is cut off or damaged/ });
    }
  });
});

describe("a download", () => {
  test("needs its checksum, goes on where it was cut, and is what it should be", async () => {
    const disk = await readFile(join(place, "disk.qcow2"));
    const sum = createHash("sha256").update(disk).digest("hex");
    const asked: (string | null)[] = [];
    // A server that is gone half way, the first time.
    const server = createServer((socket) => {
      socket.once("data", (bytes) => {
        const range = /^range: bytes=(\d+)-/im.exec(bytes.toString())?.[1] ?? null;
        asked.push(range);
        const start = Number(range ?? 0);
        const status = range === null ? "200 OK" : "206 Partial Content";
        socket.write(`HTTP/1.1 ${status}\r\nContent-Length: ${disk.length - start}\r\nConnection: close\r\n\r\n`);
        socket.write(disk.subarray(start, range === null ? 70_000 : undefined));
        setTimeout(() => socket.end(), 300);
      });
      socket.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const url = `http://127.0.0.1:${port}/disk`;
    try {
      await desk.refused(["image", "import", "far", url], { code: 64, said: /only taken with its checksum/ });
      await desk.refused(["image", "import", "far", "ftp://x/y", "--sha256", sum], {
        code: 64,
        said: /no http or https/,
      });
      await desk.refused(["image", "import", "far", url, "--sha256", sum], { code: 1, said: /ended after 0 of 0 MiB/ });
      expect(await desk.tarr(["image", "import", "far", url, "--sha256", sum])).toMatchObject({ code: 0 });
      expect(asked).toEqual([null, "70000"]);
      expect(await readdir(join(place, "home/tarr-steps/downloads"))).toEqual([]);
    } finally {
      server.close();
    }
    await desk.refused(["image", "import", "gone", url, "--sha256", sum], { code: 1, said: /cannot be fetched/ });
  }, 60_000);

  test("of Debian's by its name, from a mirror, with Debian's own checksums", async () => {
    const disk = await readFile(join(place, "disk.qcow2"));
    const architecture = process.arch === "arm64" ? "arm64" : "amd64";
    let sum = createHash("sha512").update(disk).digest("hex");
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch({ url }) {
        const { pathname } = new URL(url);
        const file = `debian-13-generic-${architecture}.qcow2`;
        if (pathname === "/cloud/trixie/latest/SHA512SUMS") return new Response(`${sum}  ${file}\n`);
        return pathname === `/cloud/trixie/latest/${file}` ? new Response(disk) : new Response("", { status: 404 });
      },
    });
    const mirror = ["--mirror", `http://127.0.0.1:${server.port}/cloud/`];
    try {
      expect(await desk.tarr(["image", "import", "debian-13-cloud", ...mirror])).toMatchObject({ code: 0 });
      const known = { user: "debian", firstBoot: "cloud-init", system: "Debian 13 (trixie)" };
      expect(await desk.recordOf("debian-13-cloud")).toMatchObject(known);
      await rm(join(desk.images, "debian-13-cloud"), { recursive: true });
      sum = "0".repeat(128);
      await desk.refused(["image", "import", "debian-13-cloud", ...mirror], { code: 65, said: /its checksum is/ });
      await desk.refused(["image", "import", "debian-12-cloud", ...mirror], {
        code: 1,
        said: /cannot be fetched \(404\)/,
      });
      await desk.refused(["image", "import", "debian-99", ...mirror], {
        code: 64,
        said: /none of Debian's cloud images/,
      });
    } finally {
      await server.stop(true);
    }
  }, 60_000);
});

describe("export", () => {
  test("and import again: the same files, the same bytes twice, and no lies", async () => {
    expect(await desk.tarr(["image", "import", "mine", "disk.qcow2", "--user", "anna"])).toMatchObject({ code: 0 });
    expect(await desk.tarr(["image", "export", "mine", "mine.tarr"])).toMatchObject({ code: 0 });
    expect(await desk.tarr(["image", "export", "mine", "again.tarr"])).toMatchObject({ code: 0 });
    await $`cmp mine.tarr again.tarr`.cwd(place);
    await desk.refused(["image", "export", "mine", "mine.tarr"], { code: 1, said: /mine\.tarr is there already/ });
    expect(await desk.tarr(["image", "import", "theirs", "mine.tarr"])).toMatchObject({ code: 0 });
    await $`cmp ${join(desk.images, "mine/disk.qcow2")} ${join(desk.images, "theirs/disk.qcow2")}`;
    expect(await desk.recordOf("theirs")).toEqual({ ...(await desk.recordOf("mine")), name: "theirs" });
    const lying = await readFile(join(place, "mine.tarr"));
    lying.writeUInt8((lying.at(-4096) ?? 0) ^ 1, lying.length - 4096);
    await writeFile(join(place, "lying.tarr"), lying);
    await desk.refused(["image", "import", "evil", "lying.tarr"], { code: 65, said: /is not what it should be/ });
    await $`head -c 200000 mine.tarr > cut.tarr`.cwd(place);
    await desk.refused(["image", "import", "evil", "cut.tarr"], { code: 65, said: /cut off or damaged/ });
    await desk.refused(["image", "import", "mine", "mine.tarr"], { code: 1, said: /There is an image mine already/ });
  }, 60_000);

  test("of a kernel image, as tiny is; one that names files elsewhere is refused", async () => {
    const folder = join(desk.images, "small");
    await mkdir(folder, { recursive: true });
    const record = {
      ...{ format: 1, name: "small", architecture: "x86_64", kernel: "kernel", packedKernel: "kernel" },
      ...{ initrd: "initrd", kernelVersion: "6.1", commandLine: "quiet", modules: [], programs: [], built: "now" },
    };
    for (const file of ["kernel", "initrd"]) await writeFile(join(folder, file), file);
    await writeFile(join(folder, "image.json"), JSON.stringify(record));
    expect(await desk.tarr(["image", "export", "small", "small.tarr"])).toMatchObject({ code: 0 });
    expect(await desk.tarr(["image", "import", "small-2", "small.tarr"])).toMatchObject({ code: 0 });
    expect(await desk.recordOf("small-2")).toEqual({ ...record, name: "small-2" });
    const bundle = { format: "tarr-steps-image", version: 1, record: { ...record, initrd: "/etc/shadow" }, parts: [] };
    await writeFile(join(place, "tarr-steps-image.json"), JSON.stringify(bundle));
    await $`tar -cf elsewhere.tarr tarr-steps-image.json`.cwd(place);
    await desk.refused(["image", "import", "evil", "elsewhere.tarr"], {
      code: 65,
      said: /no whole image of tarr-steps/,
    });
  });
});

describe("list, show and delete", () => {
  test("tell what there is, and which machines are made of it", async () => {
    expect(await desk.tarr(["image", "import", "used", "disk.qcow2"])).toMatchObject({ code: 0 });
    const machine = join(place, "home/tarr-steps/machines/web");
    await mkdir(machine, { recursive: true });
    const port = { id: "abcdef", interface: "tap1", switch: "vswitch0", mac: "52:54:00:00:00:01" };
    const nics = [{ network: "lab", port }];
    const record = { version: 2, name: "web", provider: "qemu", image: "used", memory: 128, nics };
    await writeFile(join(machine, "machine.json"), JSON.stringify(record));
    const { out } = await desk.tarr(["image", "list", "--json"]);
    const { images: all } = JSON.parse(out) as { images: readonly { readonly name: string }[] };
    expect(all.find(({ name }) => name === "used")).toMatchObject({ kinds: ["disk"], machines: ["web"] });
    expect((await desk.tarr(["image", "list"])).out).toMatch(/^used +qcow2 +disk +\d+ MiB +1$/m);
    expect((await desk.tarr(["image", "show", "used"])).out).toMatch(/^MACHINES +web$/m);
    await desk.refused(["image", "delete", "used"], { code: 1, said: /Machines are made of the image used: web/ });
    await rm(machine, { recursive: true });
    expect(JSON.parse((await desk.tarr(["image", "delete", "used", "--json"])).out)).toEqual({ deleted: "used" });
    await desk.refused(["image", "delete", "used"], { code: 1, said: /used/ });
  });

  test("what an import left that was killed is swept away by the next", async () => {
    await mkdir(join(desk.images, ".import-999999999"), { recursive: true });
    expect((await desk.tarr(["image", "list"])).out).not.toContain(".import");
    expect(await desk.tarr(["image", "import", "next", "disk.qcow2"])).toMatchObject({ code: 0 });
    expect((await desk.left()).filter((name) => name.startsWith("."))).toEqual([]);
  });
});
