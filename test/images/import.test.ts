import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, open, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";

/** Real files, made by qemu-img and tar here, through the command line; and a server on loopback. */
let place = "";
const command = join(import.meta.dir, "../../src/main.ts");
const bun = process.execPath;

type Told = { readonly code: number; readonly out: string; readonly err: string };

async function tarr(words: readonly string[], env: Record<string, string> = {}): Promise<Told> {
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
}

const images = () => join(place, "home/tarr-steps/images");
const left = async (): Promise<string[]> => (await readdir(images()).catch(() => [])).sort();
const recordOf = async (name: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(join(images(), name, "image.json"), "utf8")) as Record<string, unknown>;

/** Refused with one sentence and a hint, and nothing left behind. */
async function refused(words: readonly string[], expected: { readonly code: number; readonly said: RegExp }) {
  const before = await left();
  const told = await tarr(words);
  expect(told.err).toMatch(expected.said);
  expect(told.err).not.toContain("  at ");
  expect(told.code).toBe(expected.code);
  expect(await left()).toEqual(before);
}

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "tarr-import-"));
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
});

afterAll(async () => {
  await rm(place, { recursive: true, force: true });
});

describe("a disk", () => {
  test.each(["disk.raw", "disk.qcow2", "disk.vdi", "disk.vmdk", "stream.vmdk"])(
    "%s becomes the same disk, known by its content",
    async (name) => {
      await $`cp ${name} nameless`.cwd(place);
      const image = name.replace(".", "-");
      const told = await tarr(["image", "import", image, "nameless"]);
      expect(told).toMatchObject({ code: 0 });
      const record = await recordOf(image);
      expect(record).toMatchObject({ format: 2, name: image, firmware: ["bios"], firstBoot: "none", tree: null });
      const disk = join(images(), image, "disk.qcow2");
      await $`qemu-img compare -q -f raw -F qcow2 disk.raw ${disk}`.cwd(place);
      const sum = createHash("sha256")
        .update(await readFile(disk))
        .digest("hex");
      expect(record["disk"]).toEqual({ file: "disk.qcow2", sha256: sum });
    },
    60_000,
  );

  test("that needs another file is refused, whatever it is", async () => {
    await writeFile(join(place, "secret"), Buffer.alloc(1024 * 1024, "secret"));
    await $`qemu-img create -q -f qcow2 -b secret -F raw backed.qcow2`.cwd(place);
    await $`qemu-img create -q -f qcow2 -o data_file=outside,data_file_raw=on outside.qcow2 1M`.cwd(place);
    await $`qemu-img convert -q -f raw -O vmdk -o subformat=monolithicFlat disk.raw flat.vmdk`.cwd(place);
    await $`qemu-img create -q -f vmdk -b disk.vmdk -F vmdk child.vmdk`.cwd(place);
    // A descriptor inside, which says that the extent is elsewhere: its own header tells no capacity.
    const embedded = Buffer.alloc(64 * 1024);
    (await readFile(join(place, "disk.vmdk"))).copy(embedded, 0, 0, 512);
    embedded.writeBigUInt64LE(0n, 12);
    embedded.write('# Disk DescriptorFile\ncreateType="monolithicFlat"\nRW 2048 FLAT "secret" 0\n', 512);
    await writeFile(join(place, "embedded.vmdk"), embedded);
    for (const name of ["backed.qcow2", "outside.qcow2", "flat.vmdk", "child.vmdk", "embedded.vmdk"]) {
      await refused(["image", "import", "evil", name], { code: 65, said: /is not whole: a part of it is in another/ });
    }
  }, 60_000);

  test("that is cut off, is no disk, has no boot loader, or is a CD is refused", async () => {
    await $`head -c 100000 disk.qcow2 > cut.qcow2`.cwd(place);
    await refused(["image", "import", "evil", "cut.qcow2"], { code: 65, said: /cut\.qcow2 is damaged|no boot loader/ });
    await writeFile(join(place, "text"), "hello");
    await refused(["image", "import", "evil", "text"], { code: 65, said: /neither a disk nor an archive/ });
    await $`qemu-img create -q -f qcow2 empty.qcow2 1M`.cwd(place);
    await refused(["image", "import", "evil", "empty.qcow2"], { code: 65, said: /no boot loader/ });
    await $`qemu-img create -q -f qcow2 huge.qcow2 3T`.cwd(place);
    await refused(["image", "import", "evil", "huge.qcow2"], { code: 65, said: /larger than 2 TiB/ });
    const cd = Buffer.alloc(0x9000);
    cd.write("CD001", 0x8001);
    cd.writeUInt16LE(0xaa55, 510);
    await writeFile(join(place, "cd"), cd);
    await refused(["image", "import", "evil", "cd"], { code: 65, said: /is a CD that installs a system/ });
    await $`mkfifo pipe`.cwd(place);
    await refused(["image", "import", "evil", "pipe"], { code: 1, said: /pipe cannot be read/ });
    await refused(["image", "import", "evil", "nowhere"], { code: 1, said: /nowhere cannot be read \(ENOENT\)/ });
    await refused(["image", "import", "../evil", "disk.raw"], { code: 64, said: /\.\.\/evil/ });
  }, 60_000);

  test("whose checksum lies is refused", async () => {
    await refused(["image", "import", "evil", "disk.raw", "--sha256", "0".repeat(64)], {
      code: 65,
      said: /its checksum is/,
    });
    await refused(["image", "import", "evil", "disk.raw", "--sha256", "12"], { code: 64, said: /no SHA-256 checksum/ });
  });

  test("for which there is no room is refused", async () => {
    const small = join(place, "home/tarr-steps/images");
    await mkdir(small, { recursive: true });
    await $`dd if=/dev/urandom of=random.raw bs=1M count=8 status=none && dd if=disk.raw of=random.raw bs=512 count=1 conv=notrunc status=none`.cwd(
      place,
    );
    // In a mount namespace, so that the tmpfs is nobody else's.
    const inside = `mount -t tmpfs -o size=4m none ${small} && ${bun} ${command} image import full random.raw; echo "code $?"; ls -A ${small}`;
    const told = await $`unshare --mount sh -c ${inside}`
      .cwd(place)
      .env({ PATH: process.env["PATH"] ?? "", HOME: place, XDG_DATA_HOME: join(place, "home"), LANG: "C" })
      .nothrow()
      .quiet();
    expect(told.stderr.toString()).toMatch(/There is no room left for it in/);
    expect(told.stdout.toString()).toBe("code 1\n");
  }, 60_000);
});

describe("an appliance", () => {
  const ovf = (disk: string) => `<Envelope xmlns:ovf="x"><References><File ovf:href="${disk}" ovf:id="f1"/></References>
<DiskSection><Disk ovf:diskId="d1" ovf:fileRef="f1"/></DiskSection><Item><rasd:ResourceType>4</rasd:ResourceType>
<rasd:VirtualQuantity>768</rasd:VirtualQuantity></Item></Envelope>`;

  test("gives its disk and its memory, and is held to its manifest", async () => {
    await writeFile(join(place, "a.ovf"), ovf("stream.vmdk"));
    const sum = (await $`sha256sum stream.vmdk`.cwd(place).text()).slice(0, 64);
    await writeFile(join(place, "a.mf"), `SHA256(stream.vmdk)= ${sum}\n`);
    await $`tar -cf good.ova a.ovf a.mf stream.vmdk`.cwd(place);
    expect(await tarr(["image", "import", "appliance", "good.ova"])).toMatchObject({ code: 0 });
    expect(await recordOf("appliance")).toMatchObject({ memory: 768, firmware: ["bios"] });
    expect((await readdir(join(images(), "appliance"))).sort()).toEqual(["disk.qcow2", "image.json"]);
    await writeFile(join(place, "a.mf"), `SHA256(stream.vmdk)= ${"0".repeat(64)}\n`);
    await $`tar -cf lying.ova a.ovf a.mf stream.vmdk`.cwd(place);
    await refused(["image", "import", "evil", "lying.ova"], {
      code: 65,
      said: /stream\.vmdk is not what it should be/,
    });
    await $`head -c 30000 good.ova > cut.ova`.cwd(place);
    await refused(["image", "import", "evil", "cut.ova"], { code: 65, said: /cut off or damaged/ });
    await $`tar -P -cf outside.ova a.ovf ../${place.slice(5)}/stream.vmdk`.cwd(place);
    await refused(["image", "import", "evil", "outside.ova"], { code: 65, said: /outside of its root/ });
  }, 60_000);
});

describe("files of a root", () => {
  test.each([
    ["plain", "cat"],
    ["gz", "gzip"],
    ["xz", "xz"],
    ["zst", "zstd"],
  ])("%s: become the same files for a container", async (image, packer) => {
    await $`sh -c ${`${packer} < root.tar > packed`}`.cwd(place);
    const told = await tarr(["image", "import", image, "packed"]);
    expect(told).toMatchObject({ code: 0 });
    expect(told.err).toContain("There is a kernel among its files");
    expect(await recordOf(image)).toMatchObject({ disk: null, system: "Example 1", firstBoot: "none" });
    await rm(join(place, "again"), { recursive: true, force: true });
    await mkdir(join(place, "again"));
    const stored = join(images(), image, "root.tar.zst");
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
    const told = await tarr(["image", "import", "devices", "devices.tar"]);
    expect(told.err).toContain("Devices and pipes left out: 1.");
    expect(await $`zstd -dqc ${join(images(), "devices/root.tar.zst")} | tar -t`.text()).toBe("dev/\netc/\n");
  });

  test("that lead out, or lie, are refused", async () => {
    await $`mkdir -p bad/etc bad/srv && mknod bad/srv/sda b 8 0 && tar -C bad -cf device.tar .`.cwd(place);
    await refused(["image", "import", "evil", "device.tar"], { code: 65, said: /device outside of \/dev: srv\/sda/ });
    await $`tar -P --transform=s,^etc,../../etc, -C root -cf up.tar etc`.cwd(place);
    await refused(["image", "import", "evil", "up.tar"], { code: 65, said: /outside of its root: \.\.\/\.\.\/etc/ });
    await $`tar -P -cf absolute.tar /etc/hostname`.cwd(place);
    await refused(["image", "import", "evil", "absolute.tar"], {
      code: 65,
      said: /outside of its root: \/etc\/hostname/,
    });
    // A link, and then a file through it.
    await $`mkdir -p one two/etc && ln -sfn /tmp one/etc && echo x > two/etc/x && tar -cf through.tar -C one etc && tar -rf through.tar -C ../${place.slice(5)}/two etc/x`.cwd(
      place,
    );
    await refused(["image", "import", "evil", "through.tar"], { code: 65, said: /goes through a link.*: etc\/x/ });
    await $`tar -cf twice.tar -C root usr/lib/os-release && tar -rf twice.tar -C root usr/lib/os-release`.cwd(place);
    await refused(["image", "import", "evil", "twice.tar"], { code: 65, said: /os-release twice/ });
    await $`tar -C root --owner=70000 -cf ids.tar .`.cwd(place);
    await refused(["image", "import", "evil", "ids.tar"], { code: 65, said: /id above 65535/ });
    await $`tar -cf rootless.tar disk.vdi`.cwd(place);
    await refused(["image", "import", "evil", "rootless.tar"], { code: 65, said: /holds no root of a Linux system/ });
    const cuts = ["gzip -c root.tar | head -c 10000 > cut.gz", "xz -c root.tar | head -c 5000 > cut.xz"];
    for (const cut of [...cuts, "head -c 20000 root.tar > cut.tar"]) await $`sh -c ${cut}`.cwd(place);
    for (const name of ["cut.gz", "cut.tar", "cut.xz"]) {
      await refused(["image", "import", "evil", name], { code: 65, said: /is cut off or damaged/ });
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
      await refused(["image", "import", "far", url], { code: 64, said: /only taken with its checksum/ });
      await refused(["image", "import", "far", "ftp://x/y", "--sha256", sum], { code: 64, said: /no http or https/ });
      await refused(["image", "import", "far", url, "--sha256", sum], { code: 1, said: /ended after 0 of 0 MiB/ });
      expect(await tarr(["image", "import", "far", url, "--sha256", sum])).toMatchObject({ code: 0 });
      expect(asked).toEqual([null, "70000"]);
      expect(await readdir(join(place, "home/tarr-steps/downloads"))).toEqual([]);
    } finally {
      server.close();
    }
    await refused(["image", "import", "gone", url, "--sha256", sum], { code: 1, said: /cannot be fetched/ });
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
      expect(await tarr(["image", "import", "debian-13-cloud", ...mirror])).toMatchObject({ code: 0 });
      const known = { user: "debian", firstBoot: "cloud-init", system: "Debian 13 (trixie)" };
      expect(await recordOf("debian-13-cloud")).toMatchObject(known);
      await rm(join(images(), "debian-13-cloud"), { recursive: true });
      sum = "0".repeat(128);
      await refused(["image", "import", "debian-13-cloud", ...mirror], { code: 65, said: /its checksum is/ });
      await refused(["image", "import", "debian-12-cloud", ...mirror], { code: 1, said: /cannot be fetched \(404\)/ });
      await refused(["image", "import", "debian-99", ...mirror], { code: 64, said: /none of Debian's cloud images/ });
    } finally {
      await server.stop(true);
    }
  }, 60_000);
});

describe("export", () => {
  test("and import again: the same files, the same bytes twice, and no lies", async () => {
    expect(await tarr(["image", "import", "mine", "disk.qcow2", "--user", "anna"])).toMatchObject({ code: 0 });
    expect(await tarr(["image", "export", "mine", "mine.tarr"])).toMatchObject({ code: 0 });
    expect(await tarr(["image", "export", "mine", "again.tarr"])).toMatchObject({ code: 0 });
    await $`cmp mine.tarr again.tarr`.cwd(place);
    await refused(["image", "export", "mine", "mine.tarr"], { code: 1, said: /mine\.tarr is there already/ });
    expect(await tarr(["image", "import", "theirs", "mine.tarr"])).toMatchObject({ code: 0 });
    await $`cmp ${join(images(), "mine/disk.qcow2")} ${join(images(), "theirs/disk.qcow2")}`;
    expect(await recordOf("theirs")).toEqual({ ...(await recordOf("mine")), name: "theirs" });
    const lying = await readFile(join(place, "mine.tarr"));
    lying.writeUInt8((lying.at(-4096) ?? 0) ^ 1, lying.length - 4096);
    await writeFile(join(place, "lying.tarr"), lying);
    await refused(["image", "import", "evil", "lying.tarr"], { code: 65, said: /is not what it should be/ });
    await $`head -c 200000 mine.tarr > cut.tarr`.cwd(place);
    await refused(["image", "import", "evil", "cut.tarr"], { code: 65, said: /cut off or damaged/ });
    await refused(["image", "import", "mine", "mine.tarr"], { code: 1, said: /There is an image mine already/ });
  }, 60_000);

  test("of a kernel image, as tiny is; one that names files elsewhere is refused", async () => {
    const folder = join(images(), "small");
    await mkdir(folder, { recursive: true });
    const record = {
      ...{ format: 1, name: "small", architecture: "x86_64", kernel: "kernel", packedKernel: "kernel" },
      ...{ initrd: "initrd", kernelVersion: "6.1", commandLine: "quiet", modules: [], programs: [], built: "now" },
    };
    for (const file of ["kernel", "initrd"]) await writeFile(join(folder, file), file);
    await writeFile(join(folder, "image.json"), JSON.stringify(record));
    expect(await tarr(["image", "export", "small", "small.tarr"])).toMatchObject({ code: 0 });
    expect(await tarr(["image", "import", "small-2", "small.tarr"])).toMatchObject({ code: 0 });
    expect(await recordOf("small-2")).toEqual({ ...record, name: "small-2" });
    const bundle = { format: "tarr-steps-image", version: 1, record: { ...record, initrd: "/etc/shadow" }, parts: [] };
    await writeFile(join(place, "tarr-steps-image.json"), JSON.stringify(bundle));
    await $`tar -cf elsewhere.tarr tarr-steps-image.json`.cwd(place);
    await refused(["image", "import", "evil", "elsewhere.tarr"], { code: 65, said: /no whole image of tarr-steps/ });
  });
});

describe("list, show and delete", () => {
  test("tell what there is, and which machines are made of it", async () => {
    expect(await tarr(["image", "import", "used", "disk.qcow2"])).toMatchObject({ code: 0 });
    const machine = join(place, "home/tarr-steps/machines/web");
    await mkdir(machine, { recursive: true });
    const port = { id: "abcdef", interface: "tap1", switch: "vswitch0", mac: "52:54:00:00:00:01" };
    const nics = [{ network: "lab", port }];
    const record = { version: 2, name: "web", provider: "qemu", image: "used", memory: 128, nics };
    await writeFile(join(machine, "machine.json"), JSON.stringify(record));
    const { out } = await tarr(["image", "list", "--json"]);
    const { images: all } = JSON.parse(out) as { images: readonly { readonly name: string }[] };
    expect(all.find(({ name }) => name === "used")).toMatchObject({ kinds: ["disk"], machines: ["web"] });
    expect((await tarr(["image", "list"])).out).toMatch(/^used +qcow2 +disk +\d+ MiB +1$/m);
    expect((await tarr(["image", "show", "used"])).out).toMatch(/^MACHINES +web$/m);
    await refused(["image", "delete", "used"], { code: 1, said: /Machines are made of the image used: web/ });
    await rm(machine, { recursive: true });
    expect(JSON.parse((await tarr(["image", "delete", "used", "--json"])).out)).toEqual({ deleted: "used" });
    await refused(["image", "delete", "used"], { code: 1, said: /used/ });
  });

  test("what an import left that was killed is swept away by the next", async () => {
    await mkdir(join(images(), ".import-999999999"), { recursive: true });
    expect((await tarr(["image", "list"])).out).not.toContain(".import");
    expect(await tarr(["image", "import", "next", "disk.qcow2"])).toMatchObject({ code: 0 });
    expect((await left()).filter((name) => name.startsWith("."))).toEqual([]);
  });
});
