import { cpus } from "node:os";
import { TarrError } from "../../error.ts";
import type { Machine } from "../../model/machine.ts";
import { printable } from "../../model/names.ts";
import { writeMachine } from "../../providers/records.ts";
import { stateOf } from "../../providers/registry.ts";
import type { Run } from "../command.ts";
import { viewOf } from "../machines.ts";
import { shownAs } from "../own-machines.ts";
import { parseMemory, refuseMoreMemory } from "../sizes.ts";
import { findOwn } from "../target.ts";

type Hardware = Required<Pick<Machine, "memory" | "cpus">>;

/** Memory and processors of a machine, from its next start on: no guest is changed while it runs. */
export const set: Run = async (context) => {
  const machine = await findOwn(context.argument("name"), "set");
  const name = await shownAs(machine.name);
  if (context.rest.length === 0) {
    throw new TarrError("usage-missing-argument", { argument: "memory= cpus=", command: "machine set" });
  }
  const changed: Machine = { ...machine, ...context.rest.reduce(withSetting(name), hardwareOf(machine)) };
  await refuseMoreMemory(changed.memory, machine, context.call);
  await writeMachine(changed);
  const values = { name, memory: String(changed.memory), cpus: String(changed.cpus ?? 1) };
  const isOff = (await stateOf(machine)) === "stopped";
  context.note(context.say(isOff ? "machine-set" : "machine-set-later", values));
  if (context.json) {
    const view = await viewOf({ kind: "own", name, machine: changed }, context.call);
    context.print(JSON.stringify({ machine: view }));
  }
  return 0;
};

export function hardwareOf({ memory, cpus: count = 1 }: Pick<Machine, "memory" | "cpus">): Hardware {
  return { memory, cpus: count };
}

/** @throws TarrError `machine-setting`, `memory-invalid`, `memory-above`, `cpus-invalid` */
function withSetting(name: string) {
  return (before: Hardware, text: string): Hardware => {
    const [key, value, ...rest] = text.split("=");
    if (value === undefined || rest.length > 0)
      throw new TarrError("machine-setting", { value: printable(text), name });
    if (key === "memory") return { ...before, memory: parseMemory(value) };
    if (key === "cpus") return { ...before, cpus: parseCpus(value, name) };
    throw new TarrError("machine-setting", { value: printable(text), name });
  };
}

function parseCpus(text: string, name: string): number {
  const most = cpus().length;
  if (!/^[1-9]\d{0,3}$/.test(text) || Number(text) > most) {
    throw new TarrError("cpus-invalid", { value: printable(text), most: String(most), name });
  }
  return Number(text);
}
