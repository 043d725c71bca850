import type { InterfaceName } from "../model/names.ts";
import type { Owned } from "../plan/observed.ts";
import type { Plan } from "../plan/step.ts";
import type { Folders, SwitchedOn } from "./state.ts";
import { readSwitchedOn, switchedOn, writeSwitchedOn } from "./state.ts";

/** What carries no mark in the kernel, and is ours to switch off again because we switched it on. */
export type Claims = Pick<Owned, SwitchedOn>;

const steps = { forwarding: "set-forwarding", promiscuous: "set-promiscuous" } as const satisfies Record<
  SwitchedOn,
  string
>;

export async function readClaims(folders: Folders): Promise<Claims> {
  const [forwarding, promiscuous] = await Promise.all(switchedOn.map((what) => readSwitchedOn(folders, what)));
  return { forwarding: forwarding ?? new Set(), promiscuous: promiscuous ?? new Set() };
}

export async function writeClaims(folders: Folders, claims: Claims): Promise<void> {
  await Promise.all(switchedOn.map((what) => writeSwitchedOn(folders, what, claims[what])));
}

/** Before a thing is switched on it is written down that it was us: what is not known to be ours stays on for ever. */
export async function claim(folders: Folders, claims: Claims, plan: Plan): Promise<void> {
  for (const what of switchedOn) {
    const on = changed(plan, what, true);
    if (on.length > 0) await writeSwitchedOn(folders, what, new Set([...claims[what], ...on]));
  }
}

export async function release(folders: Folders, plan: Plan): Promise<void> {
  for (const what of switchedOn) {
    const off = changed(plan, what, false);
    if (off.length === 0) continue;
    const names = new Set(await readSwitchedOn(folders, what));
    for (const name of off) names.delete(name);
    await writeSwitchedOn(folders, what, names);
  }
}

function changed(plan: Plan, what: SwitchedOn, on: boolean): InterfaceName[] {
  return plan.steps.flatMap(({ step }) =>
    step.kind === steps[what] && "on" in step && step.on === on && "interface" in step ? [step.interface] : [],
  );
}
