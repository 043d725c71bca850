import type { WirePort } from "../api/types.ts";
import type { LabPlace, Machine } from "../model/machine.ts";
import { madeAt } from "../model/machine.ts";
import { shownName } from "../model/machine-names.ts";
import { madeName } from "../labs/plan.ts";
import { listMachines } from "../providers/records.ts";
import type { Context } from "./command.ts";
import { listRecords, openRecord } from "./lab/made.ts";

/** The user's machines, each with its lab: of what labs made before machines knew theirs, only their records tell. */
export async function ownMachines(): Promise<readonly Machine[]> {
  const machines = await listMachines();
  if (machines.every(({ lab }) => lab !== undefined)) return machines;
  const places = await placesByPort();
  return machines.map((machine) => {
    const known = places.get(madeAt(machine));
    const isThere = machine.lab === undefined && known?.name === machine.name;
    return isThere ? { ...machine, lab: known.lab } : machine;
  });
}

/** By the port that a machine was made with. A record that cannot be read is told by the commands about its lab. */
async function placesByPort(): Promise<ReadonlyMap<string, { readonly name: string; readonly lab: LabPlace }>> {
  const labs = await listRecords();
  const records = await Promise.all(labs.map((lab) => openRecord(lab).catch(() => null)));
  return new Map(
    labs.flatMap((lab, index) =>
      (records[index]?.made().machines ?? []).map(
        (one) => [one.port, { name: madeName(one), lab: { lab, machine: one.name } }] as const,
      ),
    ),
  );
}

/** The machine of that name as its user reads and types it. */
export async function shownAs(name: string): Promise<string> {
  const all = await ownMachines();
  const machine = all.find((one) => one.name === name);
  return machine === undefined ? name : shownName(machine, all);
}

/** The same; in a command about its lab, as the lab's file calls it. */
export async function calledIn({ lab }: Pick<Context, "lab">, machine: Machine): Promise<string> {
  return machine.lab !== undefined && machine.lab.lab === lab ? machine.lab.machine : shownAs(machine.name);
}

/** The ports that a machine's name is for: a second card on a network has a name of its own there. */
export function firstCards({ nics }: Pick<Machine, "nics">): readonly string[] {
  return nics
    .filter(({ network }, index) => nics.findIndex((one) => one.network === network) === index)
    .map(({ port }) => port.id);
}

/** What a port is shown as: its machine, where its name is for that one. */
export function shownAt({ id, name }: Pick<WirePort, "id" | "name">, all: readonly Machine[]): string {
  const machine = all.find((one) => firstCards(one).includes(id));
  return machine === undefined ? name : shownName(machine, all);
}
