import { expect, test } from "bun:test";
import { sector, withBlockList, withBootCode } from "./grub.ts";

test("GRUB's first part knows where the second begins, and leaves the table of partitions alone", () => {
  const disk = new Uint8Array(sector).fill(0xaa);
  const first = withBootCode(disk, new Uint8Array(sector).fill(0x11), 2048);
  const view = new DataView(first.buffer);
  expect(view.getBigUint64(0x5c, true)).toBe(2048n);
  expect(view.getUint16(0x66, true)).toBe(0x9090);
  expect([...first.subarray(440)]).toEqual([...disk.subarray(440)]);
  expect(first[0]).toBe(0x11);
});

test("the second part goes on in the sector behind its first", () => {
  const placed = withBlockList(new Uint8Array(3 * sector), 2048);
  expect(new DataView(placed.buffer).getBigUint64(sector - 12, true)).toBe(2049n);
  expect(() => withBlockList(new Uint8Array(sector), 2048)).toThrow();
});
