import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { TarrError } from "../../src/error.ts";
import { writeRefusal } from "../../src/host/files.ts";
import { writeSummed } from "../../src/images/import/bytes.ts";
import { remember } from "../../src/providers/qemu/acceleration.ts";

type Fields = { readonly code: string; readonly syscall: string; readonly path?: string; readonly dest?: string };

/** Errors as Bun makes them: with the fields that it gave when each was tried. */
const system = (fields: Fields) => Object.assign(new Error(`${fields.code}: refused, ${fields.syscall}`), fields);

describe("what the system refuses", () => {
  const [full, unwritable] = ["disk-full", "file-unwritable"] as const;

  test.each([
    [{ code: "ENOSPC", syscall: "write" }, full, "/place"],
    [{ code: "EDQUOT", syscall: "mkdir", path: "/home/u/a" }, full, "/home/u"],
    [{ code: "ENOSPC", syscall: "copyfile", path: "/from", dest: "/dir/to" }, full, "/dir"],
    [
      { code: "ENOSPC", syscall: "copyfile", path: "/from", dest: "/place/images/.tiny.build-1/kernel" },
      full,
      "/place",
    ],
    [{ code: "EFBIG", syscall: "write" }, unwritable, "/place"],
    [{ code: "EROFS", syscall: "rm", path: "/a" }, unwritable, "/a"],
    [{ code: "EACCES", syscall: "open", path: "/a" }, unwritable, "/a"],
    [{ code: "EACCES", syscall: "rename", path: "/a.new", dest: "/a" }, unwritable, "/a"],
    [{ code: "EPERM", syscall: "chmod", path: "/a" }, unwritable, "/a"],
    [{ code: "ENOENT", syscall: "mkdir", path: "/gone/a" }, unwritable, "/gone/a"],
    [{ code: "ENOENT", syscall: "open", path: "/place" }, unwritable, "/place"],
  ] as const)("%j is told as such", (fields, code, path) => {
    const told = writeRefusal(system(fields), "/place");
    expect(told).toMatchObject({ code, values: { path } });
  });

  test.each([
    [system({ code: "ENOENT", syscall: "open", path: "/a" })],
    [system({ code: "ENOENT", syscall: "rename", path: "/a.new", dest: "/a" })],
    [system({ code: "ENOENT", syscall: "write" })],
    [system({ code: "EACCES", syscall: "connect" })],
    [system({ code: "EPERM", syscall: "kill" })],
    [system({ code: "EACCES", syscall: "scandir", path: "/a" })],
    [system({ code: "EEXIST", syscall: "mkdir", path: "/a" })],
    [new TypeError("x is not a function")],
    [new TarrError("machine-unknown", { name: "web" })],
    ["ENOSPC"],
  ])("%#: any other may be a mistake of ours", (error) => {
    expect(writeRefusal(error, "/place")).toBeNull();
  });
});

describe("files that cannot be written", () => {
  test("an export into a folder that is not there names its place", async () => {
    const bytes = Readable.from([Buffer.from("x")]) as AsyncIterable<Buffer>;
    const error = await writeSummed(bytes, "/nonexistent/image.tar").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "file-unwritable", values: { path: "/nonexistent/image.tar" } });
  });

  test("an export onto a full disk names a folder, which is still there", () => {
    const told = writeRefusal(system({ code: "ENOSPC", syscall: "write" }), "/usb/image.tar", "/usb");
    expect(told).toMatchObject({ code: "disk-full", values: { path: "/usb" } });
  });

  test("whether KVM works is found out again, and stops no machine", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kvm-"));
    try {
      await remember(join(folder, "cache", "kvm"), "boot kvm");
      expect(readFileSync(join(folder, "cache", "kvm"), "utf8")).toBe("boot kvm");
      symlinkSync("/dev/full", join(folder, "full"));
      await remember(join(folder, "full"), "boot kvm");
      writeFileSync(join(folder, "file"), "");
      await remember(join(folder, "file", "kvm"), "boot kvm");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
