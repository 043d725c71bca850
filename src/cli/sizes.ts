import { mkdir, open } from "node:fs/promises";
import { totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Call } from "../api/client.ts";
import type { Reply } from "../api/types.ts";
import { TarrError } from "../error.ts";
import { run } from "../host/command.ts";
import type { Machine } from "../model/machine.ts";
import { printable } from "../model/names.ts";
import { dataFolder, machineFolder } from "../providers/folders.ts";
import { listMachines } from "../providers/records.ts";
import { lockFile } from "../runtime/libc.ts";
import type { MachineView, Size } from "./machine-view.ts";

const gibibyte = 1024 ** 3;

export async function withSizes(views: readonly MachineView[]): Promise<readonly (MachineView & Size)[]> {
  return Promise.all(
    views.map(async (view) => ({
      ...view,
      disk: view.image === null ? null : await diskUsed(machineFolder(view.name)),
    })),
  );
}

/** What cannot be read counts for nothing: files in a container are another uid's. */
async function diskUsed(folder: string): Promise<number> {
  const { stdout } = await run(["du", "--summarize", "--block-size=1", "--", folder], { timeout: 120_000 });
  return Number(/^\d+/.exec(stdout)?.[0] ?? 0);
}

/**
 * Records a machine that is to be made, if its user may have it. The service does not run machines, so this keeps honest
 * users within what they may have; the file system's own quotas hold for everybody. One of a user's commands at a time,
 * from the question to the record: two at once would both take the room of one.
 *
 * @param memory MiB of the machine that is wanted
 * @throws TarrError `quota-memory`, `quota-disk`
 */
export async function withinQuota<T>(memory: number, quotas: Quotas, record: () => Promise<T>): Promise<T> {
  if (quotas.memory === null && quotas.disk === null) return record();
  return inTurn(async () => {
    refuseOverMemory(memory, { quota: quotas.memory, others: await listMachines() });
    await refuseOverDisk(quotas);
    return record();
  });
}

const lookEvery = 50;
/** A command that was stopped (Ctrl-Z) keeps its turn: the others do not wait for ever. */
const turnPatience = 60_000;

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  await mkdir(dataFolder(), { recursive: true });
  const file = await open(join(dataFolder(), "quota.lock"), "a", 0o600);
  try {
    const deadline = performance.now() + turnPatience;
    while (!lockFile(file.fd) && performance.now() < deadline) await pause(lookEvery);
    return await work();
  } finally {
    await file.close();
  }
}

/** Asked before anything that takes disk is made: a machine, an image, a snapshot. @throws TarrError `quota-disk` */
export async function refuseOverDisk({ disk }: Quotas): Promise<void> {
  if (disk === null) return;
  const used = await diskUsed(dataFolder());
  const values = { used: (used / gibibyte).toFixed(1), quota: String(disk) };
  if (used >= disk * gibibyte) throw new TarrError("quota-disk", values);
}

/** What the service says that one user's machines may have together. */
export type Quotas = Reply<"GetQuotas">;

/** Asked before a machine is given more memory. @throws TarrError `quota-memory` */
export async function refuseMoreMemory(memory: number, machine: Machine, call: Call): Promise<void> {
  if (memory <= machine.memory) return;
  const { memory: quota } = await call("GetQuotas", {});
  const others = (await listMachines()).filter(({ name }) => name !== machine.name);
  refuseOverMemory(memory, { quota, others });
}

type Holding = { readonly quota: number | null; readonly others: readonly Machine[] };

function refuseOverMemory(memory: number, { quota, others }: Holding): void {
  const used = others.reduce((sum, one) => sum + one.memory, 0);
  if (quota === null || used + memory <= quota) return;
  throw new TarrError("quota-memory", { used: String(used), wanted: String(memory), quota: String(quota) });
}

const mebibyte = 1024 ** 2;
const leastMemory = 64;

/**
 * @returns MiB
 * @throws TarrError `memory-invalid`; `memory-above` for more than the computer has
 */
export function parseMemory(text: string): number {
  const value = Number(text);
  if (!/^\d{2,9}$/.test(text) || value < leastMemory) throw new TarrError("memory-invalid", { value: printable(text) });
  const most = Math.floor(totalmem() / mebibyte);
  if (value > most) throw new TarrError("memory-above", { value: text, most: String(most) });
  return value;
}
