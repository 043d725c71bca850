import type { Call } from "../api/client.ts";
import { TarrError } from "../error.ts";
import { run } from "../host/command.ts";
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
  if (quotas.memory !== null) {
    const used = (await listMachines()).reduce((sum, one) => sum + one.memory, 0);
    const values = { used: String(used), wanted: String(memory), quota: String(quotas.memory) };
    if (used + memory > quotas.memory) throw new TarrError("quota-memory", values);
  }
  if (quotas.disk !== null) {
    const used = await diskUsed(dataFolder());
    const values = { used: (used / gibibyte).toFixed(1), quota: String(quotas.disk) };
    if (used >= quotas.disk * gibibyte) throw new TarrError("quota-disk", values);
  }
}
