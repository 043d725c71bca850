import { describe, expect, test } from "bun:test";
import { sumIn } from "../../src/images/import/debian-cloud.ts";
import { firmwareIn, formatOf, headBytes, otherFileOf, tableBytes } from "../../src/images/import/formats.ts";
import { descriptorIn, manifestIn } from "../../src/images/import/ovf.ts";

const head = (writes: Readonly<Record<number, string>>) => {
  const bytes = Buffer.alloc(headBytes);
  for (const [at, text] of Object.entries(writes)) bytes.write(text, Number(at), "latin1");
  return bytes;
};

describe("a file is known by its content", () => {
  test.each([
    ["qcow2", { 0: "QFI\xfb" }],
    ["vmdk", { 0: "KDMV" }],
    ["vmdk-descriptor", { 0: "# Disk DescriptorFile\n" }],
    ["vdi", { 0x40: "\x7f\x10\xda\xbe" }],
    ["tar", { 257: "ustar\x0000" }],
    ["gzip", { 0: "\x1f\x8b" }],
    ["bzip2", { 0: "BZh91AY&SY" }],
    ["unknown", { 0: "BZh is how this letter begins" }],
    // A CD that also boots from a USB stick has a partition table.
    ["iso", { 0x8001: "CD001", 510: "\x55\xaa" }],
    ["raw", { 510: "\x55\xaa" }],
    ["unknown", { 0: "#!/bin/sh" }],
  ] as const)("%s", (format, writes) => expect(formatOf(head(writes))).toBe(format));
});

test("a backing file whose name lies outside of what was read is one too", () => {
  const bytes = head({ 0: "QFI\xfb" });
  bytes.writeBigUInt64BE(2n ** 40n, 8);
  expect(otherFileOf("qcow2", bytes)).toBe("?");
});

describe("a boot loader is for", () => {
  const table = () => Buffer.alloc(tableBytes);

  test("a BIOS when the first sector has code", () => {
    const bytes = table();
    bytes.write("code");
    expect(firmwareIn(bytes)).toEqual([]);
    bytes.writeUInt16LE(0xaa55, 510);
    expect(firmwareIn(bytes)).toEqual(["bios"]);
  });

  test("UEFI when there is a system partition, in either table", () => {
    const gpt = table();
    gpt.write("EFI PART", 512);
    gpt.write("28732ac11ff8d211ba4b00a0c93ec93b", 1024, "hex");
    expect(firmwareIn(gpt)).toEqual(["uefi"]);
    const mbr = table();
    mbr[450] = 0xef;
    expect(firmwareIn(mbr)).toEqual(["uefi"]);
  });
});

test("a manifest of an appliance, of each algorithm", () => {
  expect(manifestIn("SHA1(a.ovf)= AB\r\nSHA256 (b c.vmdk) = cd\nMD5(x)= 1\n")).toEqual([
    { file: "a.ovf", algorithm: "sha1", hex: "ab" },
    { file: "b c.vmdk", algorithm: "sha256", hex: "cd" },
  ]);
});

test("a descriptor names the files of its disks alone; an empty disk has none", () => {
  const files = '<File ovf:id="f1" ovf:href="a.vmdk"/><File ovf:id="f2" ovf:href="a.nvram"/>';
  const disks = '<Disk ovf:diskId="1" ovf:fileRef="f1"/><Disk ovf:diskId="2" ovf:capacity="1"/>';
  expect(descriptorIn(`<References>${files}</References>${disks}`)).toEqual({
    disks: [{ href: "a.vmdk", bytes: null }],
    memory: null,
  });
});

test("a descriptor is read as XML has it: either quotation mark, entities, comments", () => {
  const comment = "<!-- <File ovf:id='f1' ovf:href='old.vmdk'/> <Disk ovf:fileRef='f1'/> -->";
  const file = `<ovf:File ovf:href='R&amp;D "&#233;" > 1.vmdk' ovf:size="7" ovf:id='f1' />`;
  const disk = "<ovf:Disk\n ovf:capacity='1' ovf:fileRef='f1'/>";
  expect(descriptorIn(comment + file + disk).disks).toEqual([{ href: 'R&D "é" > 1.vmdk', bytes: 7 }]);
});

test("a sum is that of the very file", () => {
  const sum = "a".repeat(128);
  expect(sumIn(`${"b".repeat(128)}  debian.qcow2.asc\n${sum}  debian.qcow2\n`, "debian.qcow2")).toBe(sum);
  expect(sumIn(`${sum}  other\n`, "debian.qcow2")).toBeNull();
});
