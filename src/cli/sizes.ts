import { totalmem } from "node:os";
import type { Call } from "../api/client.ts";
import { TarrError } from "../error.ts";
import { run } from "../host/command.ts";
import type { Machine } from "../model/machine.ts";
import { printable } from "../model/names.ts";
import { dataFolder, machineFolder } from "../providers/folders.ts";
import { listMachines } from "../providers/records.ts";
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
 * Asked before a machine is made. The service does not run machines, so this keeps honest users within what they may have;
 * the file system's own quotas hold for everybody.
 *
 * @param memory MiB of the machine that is wanted
 * @throws TarrError `quota-memory`, `quota-disk`
 */
export async function refuseOverQuota(memory: number, call: Call): Promise<void> {
  const quotas = await call("GetQuotas", {});
  refuseOverMemory(memory, { quota: quotas.memory, others: await listMachines() });
  if (quotas.disk !== null) {
    const used = await diskUsed(dataFolder());
    const values = { used: (used / gibibyte).toFixed(1), quota: String(quotas.disk) };
    if (used >= quotas.disk * gibibyte) throw new TarrError("quota-disk", values);
  }
}

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
