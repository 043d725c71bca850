/** What tells a guest that the emulator of the real VirtualBox's test has broken from one that is slow. */
import { expect, test } from "bun:test";
import { isMixedUp } from "../providers/virtualbox/pc.ts";

test.each([
  // As it was seen: the BIOS's processor with the GDT, IDT and stack of the PC's kernel.
  ["v1 cr0 = 0x00000012 idtr_base = 0xfffffe0000000000", true],
  ["v1 cr0 = 0x00000010 idtr_base = 0x0000000000000000", false],
  ["v1 cr0 = 0x80050033 idtr_base = 0xfffffe0000000000", false],
  ["v1 VBoxManage: error: Not in a state", false],
  ["v1", false],
  ["", false],
])("%s: broken %p", (registers, broken) => {
  expect(isMixedUp(registers)).toBe(broken);
});
