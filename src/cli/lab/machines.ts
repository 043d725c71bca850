import type { MadeMachine } from "../../labs/plan.ts";
import { madeName } from "../../labs/plan.ts";
import type { Machine } from "../../model/machine.ts";
import { madeAt } from "../../model/machine.ts";
import type { MachineName } from "../../model/names.ts";
import { listMachines } from "../../providers/records.ts";
import type { Record } from "./made.ts";

/** A machine that a lab made. `name`: in the lab's file. */
export type Standing = {
  readonly name: MachineName;
  readonly machine: Machine;
  readonly made: MadeMachine;
};

/** The lab's machines that are there. One that took such a name later is somebody else's. */
export async function machinesOf(lab: MachineName, record: Record): Promise<readonly Standing[]> {
  const all = record.made().machines;
  return (await listMachines()).flatMap((machine): Standing[] => {
    const made = all.find((one) => madeName(one) === machine.name && one.port === madeAt(machine));
    if (made === undefined) return [];
    // Records of before do not say the lab.
    return [{ name: made.name, made, machine: { ...machine, lab: { lab, machine: made.name } } }];
  });
}
