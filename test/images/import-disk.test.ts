/** Disks and appliances of every packing. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { $ } from "bun";
import type { Desk } from "./desk.ts";
import { bun, command, openDesk } from "./desk.ts";

let desk: Desk;
let place = "";
beforeAll(async () => {
  desk = await openDesk();
  place = desk.place;
});
afterAll(() => desk.clear());

describe("a disk", () => {
  test.each(["disk.raw", "disk.qcow2", "disk.vdi", "disk.vmdk", "stream.vmdk"])(
    "%s becomes the same disk, known by its content",
    async (name) => {
      await $`cp ${name} nameless`.cwd(place);
      const image = name.replace(".", "-");
      const told = await desk.tarr(["image", "import", image, "nameless"]);
      expect(told).toMatchObject({ code: 0 });
      const record = await desk.recordOf(image);
      expect(record).toMatchObject({ format: 2, name: image, firmware: ["bios"], firstBoot: "none", tree: null });
      const disk = join(desk.images, image, "disk.qcow2");
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
      await desk.refused(["image", "import", "evil", name], {
        code: 65,
        said: /is not whole: a part of it is in another/,
      });
    }
  }, 60_000);

  test("that is cut off, is no disk, has no boot loader, or is a CD is refused", async () => {
    await $`head -c 100000 disk.qcow2 > cut.qcow2`.cwd(place);
    await desk.refused(["image", "import", "evil", "cut.qcow2"], {
      code: 65,
      said: /cut\.qcow2 is damaged|no boot loader/,
    });
    await writeFile(join(place, "text"), "hello");
    await desk.refused(["image", "import", "evil", "text"], { code: 65, said: /neither a disk nor an archive/ });
    await $`qemu-img create -q -f qcow2 empty.qcow2 1M`.cwd(place);
    await desk.refused(["image", "import", "evil", "empty.qcow2"], { code: 65, said: /no boot loader/ });
    await $`qemu-img create -q -f qcow2 huge.qcow2 3T`.cwd(place);
    await desk.refused(["image", "import", "evil", "huge.qcow2"], { code: 65, said: /larger than 2 TiB/ });
    const cd = Buffer.alloc(0x9000);
    cd.write("CD001", 0x8001);
    cd.writeUInt16LE(0xaa55, 510);
    await writeFile(join(place, "cd"), cd);
    await desk.refused(["image", "import", "evil", "cd"], { code: 65, said: /is a CD that installs a system/ });
    await $`mkfifo pipe`.cwd(place);
    await desk.refused(["image", "import", "evil", "pipe"], { code: 1, said: /pipe cannot be read/ });
    await desk.refused(["image", "import", "evil", "nowhere"], {
      code: 1,
      said: /nowhere cannot be read \(No such file or directory\)/,
    });
    await desk.refused(["image", "import", "../evil", "disk.raw"], { code: 64, said: /\.\.\/evil/ });
  }, 60_000);

  test("whose checksum lies is refused", async () => {
    await desk.refused(["image", "import", "evil", "disk.raw", "--sha256", "0".repeat(64)], {
      code: 65,
      said: /its checksum is/,
    });
    await desk.refused(["image", "import", "evil", "disk.raw", "--sha256", "12"], {
      code: 64,
      said: /no SHA-256 checksum/,
    });
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
    // What the hint names is still there when it is typed.
    expect(/df -h ([^;]+);/.exec(told.stderr.toString())?.[1]).toBe(small);
    expect(told.stdout.toString()).toBe("code 1\n");
  }, 60_000);

  const packers = { gz: "gzip", xz: "xz", zst: "zstd", bz2: "bzip2" } as const;
  test.each([
    ...["gz", "xz", "zst", "bz2"].map((ending) => ["disk.raw", ending] as const),
    ...(["disk.qcow2", "disk.vdi", "disk.vmdk", "stream.vmdk"] as const).map((disk) => [disk, "gz"] as const),
    ["disk.qcow2", "xz"] as const,
  ])(
    "%s.%s, packed: becomes the same disk",
    async (disk, ending) => {
      const packer = packers[ending as keyof typeof packers];
      await $`sh -c ${`${packer} < ${disk} > packed-disk`}`.cwd(place);
      const image = `packed-${disk.replace(".", "-")}-${ending}`;
      expect(await desk.tarr(["image", "import", image, "packed-disk"])).toMatchObject({ code: 0 });
      const made = join(desk.images, image, "disk.qcow2");
      await $`qemu-img compare -q -f raw -F qcow2 disk.raw ${made}`.cwd(place);
      expect((await readdir(join(desk.images, image))).sort()).toEqual(["disk.qcow2", "image.json"]);
    },
    60_000,
  );

  test("packed and cut off, or packed and something else, is refused with that reason", async () => {
    await $`dd if=/dev/urandom of=noise.raw bs=1M count=2 status=none && dd if=disk.raw of=noise.raw bs=512 count=1 conv=notrunc status=none`.cwd(
      place,
    );
    for (const [ending, packer] of Object.entries(packers)) {
      await $`sh -c ${`${packer} < noise.raw | head -c 1500000 > cut.raw.${ending}`}`.cwd(place);
      await desk.refused(["image", "import", "evil", `cut.raw.${ending}`], {
        code: 65,
        said: /raw\.\w+ is cut off or damaged/,
      });
    }
    await $`sh -c ${"gzip < cd > cd.gz; gzip < text > text.gz; gzip < backed.qcow2 > backed.gz; gzip < disk.raw | gzip > twice.gz"}`.cwd(
      place,
    );
    await desk.refused(["image", "import", "evil", "cd.gz"], { code: 65, said: /is a CD that installs a system/ });
    await desk.refused(["image", "import", "evil", "text.gz"], { code: 65, said: /neither a disk nor an archive/ });
    await desk.refused(["image", "import", "evil", "twice.gz"], { code: 65, said: /neither a disk nor an archive/ });
    await desk.refused(["image", "import", "evil", "backed.gz"], {
      code: 65,
      said: /is not whole: a part of it is in another/,
    });
  }, 60_000);

  test("packed, whose emptiness would fill every disk, takes no room", async () => {
    const small = join(place, "home/tarr-steps/images");
    await $`sh -c ${"truncate -s 1G wide.raw && dd if=disk.raw of=wide.raw bs=512 count=1 conv=notrunc status=none && gzip -1 < wide.raw > wide.gz && rm wide.raw"}`.cwd(
      place,
    );
    const inside = `mount -t tmpfs -o size=4m none ${small} && ${bun} ${command} image import wide wide.gz; echo "code $?"`;
    const told = await $`unshare --mount sh -c ${inside}`
      .cwd(place)
      .env({ PATH: process.env["PATH"] ?? "", HOME: place, XDG_DATA_HOME: join(place, "home"), LANG: "C" })
      .nothrow()
      .quiet();
    expect(told.stdout.toString()).toBe("code 0\n");
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
    expect(await desk.tarr(["image", "import", "appliance", "good.ova"])).toMatchObject({ code: 0 });
    expect(await desk.recordOf("appliance")).toMatchObject({ memory: 768, firmware: ["bios"] });
    expect((await readdir(join(desk.images, "appliance"))).sort()).toEqual(["disk.qcow2", "image.json"]);
    await writeFile(join(place, "a.mf"), `SHA256(stream.vmdk)= ${"0".repeat(64)}\n`);
    await $`tar -cf lying.ova a.ovf a.mf stream.vmdk`.cwd(place);
    await desk.refused(["image", "import", "evil", "lying.ova"], {
      code: 65,
      said: /stream\.vmdk is not what it should be/,
    });
    await $`head -c 30000 good.ova > cut.ova`.cwd(place);
    await desk.refused(["image", "import", "evil", "cut.ova"], { code: 65, said: /cut off or damaged/ });
    await $`tar -P -cf outside.ova a.ovf ../${place.slice(5)}/stream.vmdk`.cwd(place);
    await desk.refused(["image", "import", "evil", "outside.ova"], { code: 65, said: /outside of its root/ });
  }, 60_000);

  /** An appliance of these files, made by `pack` where they are. */
  async function packed(image: string, files: Readonly<Record<string, string>>, pack: string) {
    const folder = join(place, "packing");
    await $`rm -rf ${folder} && mkdir -p ${join(folder, "box")}`;
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    await $`sh -c ${`cp ../stream.vmdk disk.vmdk; cp ../disk.qcow2 box.img; ${pack}`}`.cwd(folder);
    return desk.tarr(["image", "import", image, "packing/packed"]);
  }

  async function isSameDisk(image: string) {
    await $`qemu-img compare -q -f raw -F qcow2 disk.raw ${join(desk.images, image, "disk.qcow2")}`.cwd(place);
  }

  const sums = "sha256sum disk.vmdk | sed -E 's/^(\\w+) .*/SHA256(disk.vmdk)= \\1/' > a.mf";
  const chunks = "split -b 30000 -d -a 9 disk.vmdk disk.vmdk.";
  const plain = { "a.ovf": ovf("disk.vmdk") };
  const box = { "metadata.json": '{"provider":"libvirt","format":"qcow2","virtual_size":1}', Vagrantfile: "Vagrant" };
  const named = { "metadata.json": '{"provider":"libvirt","disks":[{"path":"box.img","format":"qcow2"}]}' };

  test.each<readonly [string, Readonly<Record<string, string>>, string]>([
    ["packed-with-dots", plain, "tar -cf packed ./a.ovf ./disk.vmdk"],
    ["manifest-first", plain, `${sums}; tar -cf packed a.mf a.ovf disk.vmdk`],
    ["disk-first", plain, `${sums}; tar -cf packed disk.vmdk a.mf a.ovf`],
    ["in-a-folder", plain, `${sums}; mv a.* disk.vmdk box; tar -cf packed box`],
    ["in-chunks", plain, `${chunks}; rm disk.vmdk; tar -cf packed a.ovf disk.vmdk.*`],
    ["file-packed", { "a.ovf": ovf("disk.vmdk.gz") }, "gzip disk.vmdk; tar -cf packed a.ovf disk.vmdk.gz"],
    ["all-packed", plain, "tar -czf packed a.ovf disk.vmdk"],
    ["as-an-address", { "a.ovf": ovf("my%20disk.vmdk") }, "mv disk.vmdk 'my disk.vmdk'; tar -cf packed a.ovf my*"],
    ["as-it-is", { "a.ovf": ovf("my%20disk.vmdk") }, "mv disk.vmdk my%20disk.vmdk; tar -cf packed a.ovf my*"],
    ["single-quoted", { "a.ovf": ovf("disk.vmdk").replaceAll('"', "'") }, "tar -cf packed a.ovf disk.vmdk"],
    ["with-shadows", { ...plain, "._a.ovf": "Mac OS X" }, "tar -cf packed ._a.ovf a.ovf disk.vmdk"],
    ["box-libvirt", box, "tar -cf packed ./metadata.json ./Vagrantfile ./box.img"],
    ["box-packed", box, "tar -czf packed box.img Vagrantfile metadata.json"],
    ["box-named", named, "tar -czf packed metadata.json box.img"],
    [
      "box-virtualbox",
      { ...plain, "metadata.json": '{"provider":"virtualbox"}' },
      "mv a.ovf box.ovf; tar -czf packed metadata.json box.ovf disk.vmdk",
    ],
    ["disk-alone", {}, "mv box.img disk.raw; tar -cJf packed disk.raw"],
  ])(
    "%s",
    async (image, files, pack) => {
      expect(await packed(image, files, pack)).toMatchObject({ code: 0 });
      await isSameDisk(image);
      const isBox = image.startsWith("box-");
      expect(await desk.recordOf(image)).toMatchObject({ firstBoot: "none", user: isBox ? "vagrant" : "root" });
      expect((await readdir(join(desk.images, image))).sort()).toEqual(["disk.qcow2", "image.json"]);
    },
    60_000,
  );

  test("that lacks a part, or is for another hypervisor, is refused with that reason", async () => {
    const missing = await packed("evil", plain, "tar -cf packed a.ovf");
    expect(missing).toMatchObject({ code: 65 });
    expect(missing.err).toContain("packing/packed does not contain disk.vmdk");
    const sized = { "a.ovf": ovf("disk.vmdk").replace("<File", '<File ovf:size="90000" ovf:chunkSize="30000"') };
    const halved = await packed("evil", sized, `${chunks}; rm disk.vmdk*2 disk.vmdk; tar -cf packed a.ovf disk.vmdk.*`);
    expect(halved).toMatchObject({ code: 65 });
    expect(halved.err).toContain("does not contain disk.vmdk.000000002");
    const summed = await packed(
      "evil",
      plain,
      `${sums}; sed -i s/disk.vmdk/b.nvram/ a.mf; tar -cf packed a.mf a.ovf disk.vmdk`,
    );
    expect(summed.err).toContain("does not contain b.nvram");
    const hyperv = await packed("evil", { "metadata.json": '{"provider":"hyperv"}' }, "tar -czf packed metadata.json");
    expect(hyperv).toMatchObject({ code: 65 });
    expect(hyperv.err).toContain("no disk that can be imported (provider: hyperv)");
    const several = await packed("evil", box, "cp box.img other.img; tar -czf packed metadata.json box.img other.img");
    expect(several.err).toContain("has 2 usable disks");
    const linked = await packed("evil", box, "ln -s /etc/shadow disk.img; tar -czf packed metadata.json disk.img");
    expect(linked.err).toContain("goes through a link");
    expect(await desk.left()).not.toContain("evil");
    expect((await desk.left()).filter((name) => name.startsWith("."))).toEqual([]);
  }, 60_000);
});
