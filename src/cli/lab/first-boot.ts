import { setTimeout as pause } from "node:timers/promises";
import { TarrError } from "../../error.ts";
import type { DiskImage } from "../../images/record.ts";
import { readImageRecord } from "../../images/record.ts";
import type { Machine } from "../../model/machine.ts";
import { imageFolder } from "../../providers/folders.ts";
import type { Context } from "../command.ts";
import { startAndWait } from "../commands/machine.ts";
import { inGuest } from "./checks.ts";

/** Packages come from a mirror, and are unpacked in software emulation. */
const patienceMinutes = 20;
const lookAgain = 1_000;

/** What says in a guest that its first boot is over. */
const marks: Readonly<Record<DiskImage["firstBoot"], string | null>> = {
  "tarr-steps": "test -e /var/lib/tarr-steps/first-boot-done",
  "cloud-init": "cloud-init status | grep -Eq 'done|error|disabled'",
  none: null,
};

/** A machine of a lab is up when its first boot is over, too. @throws TarrError what `startAndWait` does, `lab-first-boot` */
export async function bringUp(machine: Machine, context: Context): Promise<void> {
  await startAndWait(machine, context);
  await waitForFirstBoot(machine, context);
}

/**
 * Waits until the packages and the script of a machine have come: machines that are started after it, and the lab's checks,
 * count on them. In `tiny` they are there before it has an address.
 *
 * @throws TarrError `lab-first-boot`
 */
async function waitForFirstBoot(machine: Machine, context: Context): Promise<void> {
  const { name, firstBoot } = machine;
  if (firstBoot === undefined || (firstBoot.packages.length === 0 && firstBoot.script === null)) return;
  const image = await readImageRecord(imageFolder(machine.image));
  const mark = image.format === 2 ? marks[image.firstBoot] : null;
  if (mark === null) return;
  context.note(context.say("lab-first-boot", { name }));
  const deadline = performance.now() + patienceMinutes * 60_000;
  while (performance.now() < deadline) {
    const { ports } = await context.call("ListPorts", {});
    if ((await inGuest(name, mark, { machines: [machine], ports })).code === 0) return;
    await pause(lookAgain);
  }
  throw new TarrError("lab-first-boot", { name, minutes: String(patienceMinutes) });
}
