import type { MachineName } from "../model/names.ts";
import type { LabMachine } from "./lab.ts";
import type { Source } from "./place.ts";

/** Notes each circle of machines that wait for each other. */
export function refuseCycles(source: Source, machines: readonly LabMachine[]): void {
  const next = new Map(machines.map((one) => [one.name, one.after]));
  const finished = new Set<MachineName>();
  const walk = (name: MachineName, way: readonly MachineName[]): void => {
    if (way.includes(name)) {
      const value = [...way.slice(way.indexOf(name)), name].join(" → ");
      source.note(["machines", name, "after"], { value, cause: { code: "lab-cycle", values: {} } });
      return;
    }
    if (finished.has(name)) return;
    for (const other of next.get(name) ?? []) walk(other, [...way, name]);
    finished.add(name);
  };
  for (const { name } of machines) walk(name, []);
}
