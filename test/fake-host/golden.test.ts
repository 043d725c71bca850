import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { undoOf } from "../../src/plan/plan.ts";
import type { PlannedStep } from "../../src/plan/step.ts";
import { readCase } from "../golden/written.ts";
import { converge, lostByUndo, planSteps, runAll } from "./converge.ts";
import { print } from "./print.ts";

// Each golden case, run: after.txt is the host as it then prints itself. UPDATE_GOLDEN=1 writes it anew.
const root = join(import.meta.dir, "..", "golden");
const refused = (name: string) => readFileSync(join(root, name, "plan.yaml"), "utf8").startsWith("error:");
const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const names = folders.map((entry) => entry.name).sort();
const runnable = names.filter((name) => !refused(name));

describe("run", () => {
  test.each(runnable)("%s", (name) => {
    const one = readCase(join(root, name));
    const state = one.state();
    const owned = converge(one, state);
    const path = join(root, name, "after.txt");
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(path, print(state));
    expect(print(state)).toBe(readFileSync(path, "utf8"));
    expect(planSteps({ ...one, owned }, state)).toEqual([]);
  });

  test.each(names.filter(refused))("%s does nothing", (name) => {
    const one = readCase(join(root, name));
    const state = one.state();
    const before = print(state);
    expect(() => converge(one, state)).toThrow();
    expect(print(state)).toBe(before);
    expect(existsSync(join(root, name, "after.txt"))).toBe(false);
  });
});

describe("taken back after any number of steps, the host prints as before", () => {
  test.each(runnable)("%s", (name) => {
    const one = readCase(join(root, name));
    const steps = planSteps(one, one.state());
    const reversible = reversibleSteps(steps, name);
    for (let count = 0; count <= reversible.length; count += 1) {
      const state = one.state();
      const before = print(state);
      const done = reversible.slice(0, count);
      runAll(
        state,
        done.map((planned) => planned.step),
      );
      runAll(state, undoOf(done));
      expect(print(state)).toBe(before);
    }
  });
});

function reversibleSteps(steps: readonly PlannedStep[], name: string): readonly PlannedStep[] {
  const state = readCase(join(root, name)).state();
  const end = steps.findIndex((planned) => lostByUndo(planned, state));
  return end < 0 ? steps : steps.slice(0, end);
}
