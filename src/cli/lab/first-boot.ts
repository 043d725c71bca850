import { setTimeout as pause } from "node:timers/promises";
import { TarrError } from "../../error.ts";
import type { DiskImage } from "../../images/record.ts";
import { readImageRecord } from "../../images/record.ts";
import type { Machine } from "../../model/machine.ts";
import { plainName } from "../../model/machine.ts";
import { printable } from "../../model/names.ts";
import { imageFolder } from "../../providers/folders.ts";
import type { Context } from "../command.ts";
import { shownAs } from "../own-machines.ts";
import { startAndWait, waitUntilUp } from "../commands/machine.ts";
import { heldBy, inGuest } from "./checks.ts";
import { typedFile } from "./read.ts";

/** Packages come from a mirror, and are unpacked in software emulation. */
const patienceMinutes = 20;
/** Milliseconds. In `tiny` the first boot is over before ssh answers: nothing is waited for but that. */
const lookAgain = 1_000;
const patienceSsh = 60_000;
/** Where no DHCP of ours gives an address, one is seen only when the machine takes one by itself. */
const patienceAddress = 10_000;

/** A line for a guest's shell that says how far its first boot is, and a command that shows what it did. */
type Asking = { readonly line: string; readonly log: string };

export const askings: Readonly<Record<DiskImage["firstBoot"] | "tiny", Asking | null>> = {
  tiny: {
    line: [
      "cd /var/lib/tarr-steps 2>/dev/null",
      'if [ -e first-boot-failed ]; then echo "first-boot failed $(cat first-boot-failed)"; else echo first-boot done; fi',
    ].join("; "),
    log: "cat /var/lib/tarr-steps/first-boot.log",
  },
  "tarr-steps": {
    line: [
      "cd /var/lib/tarr-steps",
      'if [ -e first-boot-failed ]; then echo "first-boot failed $(cat first-boot-failed)"',
      "elif [ -e first-boot-done ]; then echo first-boot done; fi",
    ].join("; "),
    log: "sudo journalctl -u tarr-steps-first-boot-late",
  },
  "cloud-init": {
    line: 'case "$(cloud-init status)" in *error*) echo first-boot failed cloud-init;; *done*|*disabled*) echo first-boot done;; esac',
    log: "sudo cat /var/log/cloud-init-output.log",
  },
  none: null,
};

export type Outcome = { readonly failed: string | null };

/** @returns null while a first boot is not over, or when the guest did not answer */
export function outcomeIn(printed: string): Outcome | null {
  const [, word, what = ""] = /^first-boot (done|failed)(?: (.*))?$/m.exec(printed) ?? [];
  if (word === undefined) return null;
  return { failed: word === "failed" ? printable(what) : null };
}

/** A machine of a lab is up when its first boot is over, too. @throws TarrError what `startAndWait` and `awaitUp` do */
export async function bringUp(given: Machine, context: Context): Promise<void> {
  const machine = await startAndWait(given, context);
  await waitForFirstBoot(machine, context);
}

/**
 * Waits for a machine that runs already.
 *
 * @throws TarrError `machine-no-answer`, `lab-first-boot`, `lab-first-boot-failed`
 */
export async function awaitUp(machine: Machine, context: Context): Promise<void> {
  await waitUntilUp(machine, 0, context);
  await waitForFirstBoot(machine, context);
}

/**
 * Waits until the files, the packages and the script of a machine have come: machines that are started after it, and the
 * lab's checks, count on them.
 *
 * @throws TarrError `lab-first-boot`, `lab-first-boot-failed`
 */
async function waitForFirstBoot(machine: Machine, context: Context): Promise<void> {
  const { firstBoot } = machine;
  const name = plainName(machine);
  if (firstBoot === undefined) return;
  const image = await readImageRecord(imageFolder(machine.image));
  const asking = image.format === 2 ? askings[image.firstBoot] : askings.tiny;
  if (asking === null) return;
  const isOverBySsh = image.format === 1;
  if (!isOverBySsh) context.note(context.say("lab-first-boot", { name }));
  const begin = performance.now();
  for (;;) {
    const { ports } = await context.call("ListPorts", {});
    const outcome = outcomeIn((await inGuest(name, asking.line, { machines: [machine], ports })).stdout);
    if (outcome?.failed === null) return;
    if (outcome !== null) throw failedError(machine, outcome.failed, { asking, context });
    const waited = performance.now() - begin;
    if (isOverBySsh && waited > (heldBy(machine, ports).length > 0 ? patienceSsh : patienceAddress)) {
      context.note(context.say("lab-first-boot-silent", { name: await shownAs(machine.name) }));
      return;
    }
    if (waited > patienceMinutes * 60_000) {
      const values = { name: machine.name, minutes: String(patienceMinutes), log: asking.log };
      throw new TarrError("lab-first-boot", values);
    }
    await pause(lookAgain);
  }
}

type Asked = { readonly asking: Asking; readonly context: Context };

function failedError(machine: Machine, what: string, { asking, context }: Asked): TarrError {
  const { name } = machine;
  const values = { name, machine: plainName(machine), what, log: asking.log, file: typedFile(context) };
  return new TarrError("lab-first-boot-failed", values);
}
