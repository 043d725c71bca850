import { run } from "../../host/command.ts";
import type { Machine } from "../../model/machine.ts";
import type { Snapshots } from "../provider.ts";
import { parseSnapshots, snapshotArgv, snapshotListArgv } from "./argv.ts";
import { vmxPath } from "./discover.ts";
import { mustVmware } from "./vmrun.ts";

/** Workstation's own; a running machine's memory is in them too, and brought back it is suspended. */
export const vmwareSnapshots: Snapshots = {
  live: true,
  async list(machine) {
    const vmx = vmxPath(machine);
    await mustVmware(snapshotListArgv(vmx), subject(machine));
    const { stdout } = await run(snapshotListArgv(vmx), { timeout: 60_000 });
    return parseSnapshots(stdout).map((name) => ({ name, taken: null }));
  },
  take: (machine, name) => mustVmware(snapshotArgv("snapshot", vmxPath(machine), name), subject(machine)),
  restore: (machine, name) => mustVmware(snapshotArgv("revertToSnapshot", vmxPath(machine), name), subject(machine)),
  drop: (machine, name) => mustVmware(snapshotArgv("deleteSnapshot", vmxPath(machine), name), subject(machine)),
};

function subject(machine: Machine) {
  return { name: machine.name, vmx: vmxPath(machine) };
}
