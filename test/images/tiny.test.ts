import { describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun } from "../../src/host/command.ts";
import { TarrError } from "../../src/error.ts";
import { guestCommandLine } from "../../src/images/tiny/cmdline.ts";
import type { Entry } from "../../src/images/tiny/cpio.ts";
import { packCpio, withParents } from "../../src/images/tiny/cpio.ts";
import { newestFirst } from "../../src/images/tiny/kernel.ts";
import { packPrograms } from "../../src/images/tiny/packed.ts";
import { parseDepends } from "../../src/images/tiny/packages.ts";
import { moduleName, selectModules, uncompressedName } from "../../src/images/tiny/modules.ts";
import { guestFiles } from "../../src/images/tiny/rootfs.ts";
import { hasPvhEntry } from "../../src/images/tiny/vmlinux.ts";
import { inWorkspace, replaceDirectory } from "../../src/images/workspace.ts";

const tables = {
  dep: `\
kernel/fs/ext4/ext4.ko.xz: kernel/lib/crc16.ko.xz kernel/fs/jbd2/jbd2.ko.xz
kernel/lib/crc16.ko.xz:
kernel/fs/jbd2/jbd2.ko.xz:
kernel/arch/x86/crypto/crc32c-intel.ko.xz:
kernel/drivers/net/virtio_net.ko.xz: kernel/net/core/failover.ko.xz
kernel/net/core/failover.ko.xz:
kernel/drivers/net/wireless/other.ko.xz:
`,
  builtin: "kernel/drivers/virtio/virtio_pci.ko\n",
  alias: `\
# Aliases extracted from modules themselves.
alias fs-ext4 ext4
alias crypto-crc32c crc32c_intel
alias virtio:d00000001v* virtio_net
alias pci:v0000FFFFd* other
`,
  softdep: "# Soft dependencies\nsoftdep ext4 pre: crypto-crc32c\n",
};

describe("modules", () => {
  test("a file is a module whatever its compression", () => {
    expect(moduleName("kernel/crypto/crc32c-intel.ko.xz")).toBe("crc32c_intel");
    expect(moduleName("kernel/net/virtio_net.ko")).toBe("virtio_net");
    expect(uncompressedName("a/b.ko.zst")).toBe("a/b.ko");
    expect(uncompressedName("a/b.ko")).toBe("a/b.ko");
  });

  test("what a module needs comes along, through soft dependencies and their aliases too", () => {
    const selection = selectModules(["ext4", "virtio_net", "virtio_pci", "not_there"], tables);
    expect([...selection.names].sort()).toEqual(["crc16", "crc32c_intel", "ext4", "failover", "jbd2", "virtio_net"]);
    expect(selection.builtin).toEqual(["virtio_pci"]);
  });

  test("the guest's tables name the files without compression, and nothing that is not there", () => {
    const { dep, alias } = selectModules(["ext4"], tables);
    expect(dep).toContain("kernel/fs/ext4/ext4.ko: kernel/lib/crc16.ko kernel/fs/jbd2/jbd2.ko\n");
    expect(dep).not.toContain(".xz");
    expect(alias).toBe("alias fs-ext4 ext4\nalias crypto-crc32c crc32c_intel\n");
  });
});

describe("kernel", () => {
  test("the running kernel first, then the newest by number", () => {
    const versions = ["6.1.0-9-amd64", "6.1.0-56-amd64", "6.12.1+deb13-amd64"];
    expect(newestFirst(versions, "6.18-other")).toEqual(["6.12.1+deb13-amd64", "6.1.0-56-amd64", "6.1.0-9-amd64"]);
    expect(newestFirst(versions, "6.1.0-9-amd64")[0]).toBe("6.1.0-9-amd64");
  });

  test("only an ELF file with the note can be started without unpacking itself", () => {
    expect(hasPvhEntry(elfWithNote(18))).toBe(true);
    expect(hasPvhEntry(elfWithNote(17))).toBe(false);
    expect(hasPvhEntry(Buffer.from("not ELF"))).toBe(false);
  });
});

describe("kernel command line", () => {
  const base = "console=ttyS0 quiet";

  test("a key is one word, without its comment", () => {
    const settings = { hostname: "web", keys: ["ssh-ed25519 AAAA+b/c= me@host and more", "ssh-rsa BBBB\n"] };
    expect(guestCommandLine(base, settings)).toBe(
      "console=ttyS0 quiet tarr.hostname=web tarr.key=ssh-ed25519,AAAA+b/c= tarr.key=ssh-rsa,BBBB",
    );
    expect(guestCommandLine(base, {})).toBe(base);
  });

  test("what is not one plain word, or longer than the kernel takes, is refused", () => {
    expect(() => guestCommandLine(base, { hostname: "web init=/bin/sh" })).toThrow(TarrError);
    expect(() => guestCommandLine(base, { hostname: 'a"b' })).toThrow(TarrError);
    expect(() => guestCommandLine(base, { keys: ["ssh-ed25519"] })).toThrow(TarrError);
    expect(() => guestCommandLine(base, { keys: [`ssh-rsa ${"A".repeat(2100)}`] })).toThrow(TarrError);
  });
});

describe("archive", () => {
  test("a directory comes before its files, once, with the mode that was asked for", () => {
    const entries = withParents([
      { type: "directory", path: "root", mode: 0o700 },
      { type: "file", path: "root/.ssh/keys", data: "" },
      { type: "directory", path: "root/.ssh" },
    ]);
    expect(entries.map((entry) => entry.path)).toEqual(["root", "root/.ssh", "root/.ssh/keys"]);
    expect(entries[0]).toMatchObject({ mode: 0o700 });
  });

  test("cpio reads what is written", async () => {
    const archive = packCpio([
      { type: "file", path: "etc/odd", mode: 0o600, data: "abc" },
      { type: "link", path: "bin/sh", target: "/bin/busybox" },
    ]);
    await inTemporary(async (folder) => {
      await writeFile(join(folder, "archive"), archive);
      const listing = await mustRun(["cpio", "-tv", "-F", join(folder, "archive")]);
      expect(listing).toMatch(/-rw-------\s+1 root\s+root\s+3 .* etc\/odd\n/);
      expect(listing).toContain("bin/sh -> /bin/busybox");
    });
  });
});

describe("the guest's files", () => {
  test("every script is one busybox understands", async () => {
    const scripts = guestFiles().filter((entry) => entry.type === "file" && String(entry.data).startsWith("#!/bin/sh"));
    expect(scripts.length).toBeGreaterThan(8);
    for (const script of scripts) {
      await mustRun(["busybox", "sh", "-n"], { stdin: script.type === "file" ? String(script.data) : "" });
    }
  });

  test("secrets are root's alone", () => {
    const modes = new Map(guestFiles().map((entry) => [entry.path, entry.type === "link" ? 0 : entry.mode]));
    expect(modes.get("etc/shadow")).toBe(0o600);
    expect(modes.get("root/.ssh/authorized_keys")).toBe(0o600);
    expect(modes.get("root/.ssh")).toBe(0o700);
  });
});

describe("programs that lie packed", () => {
  const file = (path: string): Entry => ({ type: "file", path, data: path });

  test("each library is there once, and none that the guest has anyway", async () => {
    const programs = ["nano", "nft"].map((name) => {
      return {
        path: `usr/bin/${name}`,
        files: [file("lib/libc.so.6"), file("lib/libtinfo.so.6"), file(`usr/bin/${name}`)],
      };
    });
    const { links, packed } = await packPrograms(programs, [file("lib/libc.so.6")]);
    expect(packed.map(({ path }) => path.replace("usr/lib/tiny/packed/", ""))).toEqual([
      "lib/libtinfo.so.6.gz",
      "usr/bin/nano.gz",
      "usr/bin/nft.gz",
    ]);
    expect(links).toContainEqual({ type: "link", path: "usr/bin/nft", target: "/usr/lib/tiny/unpack" });
    // The program itself is the last: until then its place is the script's.
    const list = "lib/libtinfo.so.6\nusr/bin/nft\n";
    expect(links).toContainEqual({ type: "file", path: "usr/lib/tiny/programs/nft", data: list });
  });

  test("only what apt calls a dependency is followed", () => {
    const needs = parseDepends("a\n  Depends: liba\n |Depends: x\n  PreDepends: libb\n    other\n  Breaks: c\nliba\n");
    expect([...needs]).toEqual([
      ["a", ["liba", "x", "libb"]],
      ["liba", []],
    ]);
  });
});

describe("workspace", () => {
  test("an image is replaced whole, and nothing is left beside it", () =>
    inTemporary(async (folder) => {
      const target = join(folder, "tiny");
      for (const text of ["one", "two"]) await buildText(target, text);
      expect(await readFile(join(target, "file"), "utf8")).toBe("two");
      expect(await readdir(folder)).toEqual(["tiny"]);
    }));

  test("a build that fails leaves the image that was there", () =>
    inTemporary(async (folder) => {
      const target = join(folder, "tiny");
      await buildText(target, "one");
      await expect(inWorkspace(target, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
      expect(await readdir(folder)).toEqual(["tiny"]);
    }));

  test("many builds at once leave one whole image", () =>
    inTemporary(async (folder) => {
      const target = join(folder, "tiny");
      const texts = Array.from({ length: 20 }, (_, index) => `build ${index}`);
      await Promise.all(texts.map((text) => buildText(target, text)));
      expect(texts).toContain(await readFile(join(target, "file"), "utf8"));
      expect(await readdir(folder)).toEqual(["tiny"]);
    }));

  test("what a killed build left is removed by the next, what a living one has is not", () =>
    inTemporary(async (folder) => {
      await mkdir(join(folder, ".tiny.build-4194999-abc"));
      await mkdir(join(folder, `.tiny.build-${process.pid}-abc`));
      await buildText(join(folder, "tiny"), "one");
      expect((await readdir(folder)).sort()).toEqual([`.tiny.build-${process.pid}-abc`, "tiny"]);
    }));
});

function buildText(target: string, text: string): Promise<void> {
  return inWorkspace(target, async (workspace) => {
    const built = join(workspace, "image");
    await mkdir(built);
    await writeFile(join(built, "file"), text);
    await replaceDirectory(built, target);
  });
}

async function inTemporary(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tiny-test-"));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The smallest ELF file with one note segment that holds one note of the name "Xen". */
function elfWithNote(type: number): Buffer {
  const file = Buffer.alloc(64 + 56 + 20);
  file.write("\x7fELF\x02", "latin1");
  file.writeBigUInt64LE(64n, 0x20); // program headers
  file.writeUInt16LE(56, 0x36);
  file.writeUInt16LE(1, 0x38);
  file.writeUInt32LE(4, 64); // PT_NOTE
  file.writeBigUInt64LE(120n, 64 + 8);
  file.writeBigUInt64LE(20n, 64 + 32);
  file.writeUInt32LE(4, 120);
  file.writeUInt32LE(4, 124);
  file.writeUInt32LE(type, 128);
  file.write("Xen\0", 132);
  return file;
}
