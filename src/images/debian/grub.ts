/**
 * GRUB's two parts for a BIOS, put where they belong by hand: `grub-bios-setup` wants a device, and root's rights. The
 * places are those of `grub-core/boot/i386/pc/boot.S` and `diskboot.S` (GRUB 2.06 and 2.12).
 */
export const sector = 512;

/** In the first part: where the second begins, on which drive, and the jump that trusts the BIOS's word for the drive. */
const kernelSector = 0x5c;
const driveCheck = 0x66;
/** What of the first sector is GRUB's; behind it stands the table of partitions. */
const codeSize = 440;
/** In the second part: the list of blocks at the end of its first sector. */
const blockList = sector - 12;

/**
 * @param disk the disk's first sector, with its table of partitions
 * @param boot GRUB's boot.img
 * @param start the sector at which the second part begins
 */
export function withBootCode(disk: Uint8Array, boot: Uint8Array, start: number): Uint8Array {
  if (disk.length !== sector || boot.length !== sector) throw new RangeError(`${disk.length} ${boot.length}`);
  const first = Uint8Array.from(disk);
  first.set(boot.subarray(0, codeSize));
  const view = new DataView(first.buffer);
  view.setBigUint64(kernelSector, BigInt(start), true);
  // Some BIOSes say the wrong drive: two times `nop`, as grub-bios-setup does for hard disks.
  view.setUint16(driveCheck, 0x9090, true);
  return first;
}

/** @param core what `grub-mkimage -O i386-pc` made, for a disk on which it begins at the sector `start` */
export function withBlockList(core: Uint8Array, start: number): Uint8Array {
  if (core.length <= sector) throw new RangeError(String(core.length));
  const placed = Uint8Array.from(core);
  new DataView(placed.buffer).setBigUint64(blockList, BigInt(start + 1), true);
  return placed;
}
