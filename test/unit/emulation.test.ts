/** What tells a guest that the emulator of the real VirtualBox's test has broken from one that is slow. */
import { expect, test } from "bun:test";
import { isLockedUp } from "../providers/virtualbox/emulated-host.ts";
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

test.each([
  // As it was seen, every 28 s; a guest that is slow to leave makes the first of these lines.
  ["[  540.98] watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [JITWorker:3095]", false],
  ["[  596.98] watchdog: BUG: soft lockup - CPU#1 stuck for 78s! [JITWorker:3095]", true],
  ["virtualbox-host login: ", false],
])("%s: locked up %p", (console, lockedUp) => {
  expect(isLockedUp(console)).toBe(lockedUp);
});
