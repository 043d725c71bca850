import type { LabPlace } from "./machine.ts";
import type { MachineName } from "./names.ts";
import { parseMachineName } from "./names.ts";

const longest = 63;

/** A machine, by all that it may be called. */
export type Named = {
  readonly name: string;
  readonly provider: string;
  /** Null or absent when it was made by hand. */
  readonly lab?: { readonly lab: string; readonly machine: string } | null | undefined;
};

/**
 * The machines that a word may mean: by the name in their lab's file, by `LAB/MACHINE`, or by the name that no other has.
 * One that was made by hand has no other name, so that its name means it alone.
 */
export function meantBy<One extends Named>(word: string, all: readonly One[]): readonly One[] {
  if (word.includes("/")) return all.filter(({ lab }) => wholeName(lab) === word);
  const called = all.filter(({ name, lab }) => name === word || lab?.machine === word);
  const other = called.find(({ lab }) => (lab ?? null) === null);
  return other === undefined ? called : [other];
}

/** What a machine is shown as, and may be typed as: its name in its lab's file, and the lab's too where that is needed. */
export function shownName(one: Named, all: readonly Named[]): string {
  const { name, provider, lab } = one;
  if (lab === undefined || lab === null) return name;
  const meansIt = (word: string) => meantBy(word, all).every((other) => other.name === name);
  return [lab.machine, `${lab.lab}/${lab.machine}`].find(meansIt) ?? `${provider}:${name}`;
}

function wholeName(lab: Named["lab"]): string | null {
  return lab === undefined || lab === null ? null : `${lab.lab}/${lab.machine}`;
}

/** A name that is free for a machine of a lab: its own, else `router-tp2`, else `router-tp2-2` and so on. */
export function freeName({ lab, machine }: LabPlace, taken: ReadonlySet<string>): MachineName {
  if (!taken.has(machine)) return machine;
  for (let number = 1; ; number += 1) {
    const name = derived(machine, lab, number === 1 ? "" : `-${number}`);
    if (!taken.has(name)) return parseMachineName(name);
  }
}

/** What a machine of a lab answers to on a network, where others have those that are taken. */
export function answeringName(
  { name, lab }: { readonly name: MachineName; readonly lab: LabPlace },
  taken: ReadonlySet<string>,
): MachineName {
  return [lab.machine, name].find((one) => !taken.has(one)) ?? freeName(lab, taken);
}

/** Of names that are too long together both keep their beginning. */
function derived(machine: string, lab: string, suffix: string): string {
  const room = longest - suffix.length - 1;
  const ofLab = cut(lab, Math.max(room - machine.length, Math.floor(room / 2)));
  return `${cut(machine, room - ofLab.length)}-${ofLab}${suffix}`;
}

function cut(text: string, most: number): string {
  return text.slice(0, most).replace(/-+$/, "");
}
