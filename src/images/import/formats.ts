import { isTarHeader } from "./tar.ts";

/** What a file is, by what it holds: a name proves nothing. */
export type Format = DiskFormat | "iso" | "tar" | Compression | "vmdk-descriptor" | "unknown";
export type DiskFormat = "qcow2" | "raw" | "vdi" | "vmdk";
export type Compression = "bzip2" | "gzip" | "xz" | "zstd";

/** Bytes from the beginning of a file that `formatOf` and `disksOther` want to see. */
export const headBytes = 64 * 1024;

const sector = 512;

/** The last are the least sure: a hybrid CD image has a partition table too. */
export function formatOf(head: Buffer): Format {
  const word = (at: number, bytes: string) => head.toString("latin1", at, at + bytes.length) === bytes;
  if (word(0, "QFI\xfb")) return "qcow2";
  if (word(0, "KDMV")) return "vmdk";
  if (word(0, "# Disk DescriptorFile")) return "vmdk-descriptor";
  if (word(0x40, "\x7f\x10\xda\xbe")) return "vdi";
  if (word(0, "\x1f\x8b")) return "gzip";
  if (word(0, "\xfd7zXZ\0")) return "xz";
  if (word(0, "\x28\xb5\x2f\xfd")) return "zstd";
  if (/^BZh[1-9](?:1AY&SY|\x17rE8P\x90)$/.test(head.toString("latin1", 0, 10))) return "bzip2";
  if (word(257, "ustar")) return "tar";
  if (word(0x8001, "CD001")) return "iso";
  if (word(510, "\x55\xaa") || word(sector, "EFI PART")) return "raw";
  if (isTarHeader(head.subarray(0, sector))) return "tar";
  return "unknown";
}

/**
 * The other file that a disk says a part of it is in; null for a disk that is whole. Asked before any other program sees
 * the disk: `/etc/shadow` would be copied into the guest, as whoever imports it.
 */
export function otherFileOf(format: DiskFormat, head: Buffer): string | null {
  switch (format) {
    case "qcow2":
      return qcow2Other(head);
    case "vmdk":
      return vmdkOther(head);
    case "vdi":
      return vdiOther(head);
    case "raw":
      return null;
  }
}

/** docs/interop/qcow2.txt of QEMU: the backing file's name is in the first cluster; bit 2 says that data is elsewhere. */
function qcow2Other(head: Buffer): string | null {
  const at = Number(head.readBigUInt64BE(8));
  if (at !== 0) return head.toString("utf8", at, at + Math.min(head.readUInt32BE(16), 1023)) || "?";
  const version = head.readUInt32BE(4);
  const externalData = 1n << 2n;
  return version >= 3 && (head.readBigUInt64BE(72) & externalData) !== 0n ? "data file" : null;
}

/**
 * The descriptor inside (VMware, Virtual Disk Format 5.0) names the extents. Only the two kinds whose one extent is this
 * file itself; a header that tells no capacity leaves all to the descriptor.
 */
function vmdkOther(head: Buffer): string | null {
  const capacity = head.readBigUInt64LE(12);
  const at = Number(head.readBigUInt64LE(28)) * sector;
  const length = Number(head.readBigUInt64LE(36)) * sector;
  const text = head.toString("latin1", at, at + Math.min(length, headBytes)).replace(/\0[^]*$/, "");
  if (capacity === 0n || at === 0) return "descriptor";
  const parent = /^\s*parentFileNameHint\s*=\s*"?([^"\n]*)/im.exec(text)?.[1];
  if (parent !== undefined) return parent;
  if (!/^\s*createType\s*=\s*"(?:monolithicSparse|streamOptimized)"/im.test(text)) return "extent";
  const extents = [...text.matchAll(/^\s*(?:RW|RDONLY|NOACCESS)\s+\d+\s+(\w+)(?:\s+"([^"\n]*)")?/gim)];
  const odd = extents.find(([, kind]) => kind !== "SPARSE") ?? extents[1];
  return odd === undefined ? null : (odd[2] ?? "extent");
}

/** VDICore.h of VirtualBox: the type (1 and 2 are whole), and the id of the disk that it differs from. */
function vdiOther(head: Buffer): string | null {
  const type = head.readUInt32LE(0x4c);
  const parent = head.subarray(0x1a8, 0x1b8);
  return (type !== 1 && type !== 2) || parent.some((byte) => byte !== 0) ? "differencing disk" : null;
}

const espType = Buffer.from("28732ac11ff8d211ba4b00a0c93ec93b", "hex");
export const tableBytes = 34 * sector;

/** Which firmware finds a boot loader, by a disk's first 34 sectors: code in the MBR, an EFI system partition. */
export function firmwareIn(table: Buffer): readonly ("bios" | "uefi")[] {
  const hasMbr = table.readUInt16LE(510) === 0xaa55;
  const hasCode = hasMbr && table.subarray(0, 440).some((byte) => byte !== 0);
  const types = [0, 1, 2, 3].map((index) => table[446 + 16 * index + 4]);
  const isGpt = table.toString("latin1", sector, sector + 8) === "EFI PART";
  const hasEsp = isGpt && table.subarray(2 * sector).indexOf(espType) >= 0;
  return [...(hasCode ? (["bios"] as const) : []), ...(hasEsp || types.includes(0xef) ? (["uefi"] as const) : [])];
}
