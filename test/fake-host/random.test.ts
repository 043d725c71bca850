import { expect, test } from "bun:test";
import { isInterfaceName } from "../../src/model/names.ts";
import type { Observed } from "../../src/plan/observed.ts";
import { undoOf } from "../../src/plan/plan.ts";
import { seeded } from "../unit/seeded.ts";
import type { Seeded } from "../unit/seeded.ts";
import type { Situation } from "./converge.ts";
import { converge, lostByUndo, planSteps, runAll } from "./converge.ts";
import type { FakeState } from "./fake-host.ts";
import { print } from "./print.ts";
import { bareHost, disturb, randomSituation } from "./random-lab.ts";

const runs = 300;

/** A host that ran for one document, was disturbed, and is to run for another. */
function scene(seed: number): { random: Seeded; state: FakeState; wanted: Situation } {
  const random = seeded(seed);
  const state = bareHost(random.chance(0.5));
  const before = randomSituation(random);
  const owned = random.chance(0.2) ? before.owned : converge(before, state);
  for (let times = random.below(4); times > 0; times -= 1) disturb(random, state);
  const wanted = random.chance(0.3) ? before : randomSituation(random);
  return { random, state, wanted: { ...wanted, owned } };
}

test(`${runs} random hosts and documents: one run is enough, and the second has nothing to do`, () => {
  let steps = 0;
  for (let seed = 0; seed < runs; seed += 1) {
    const { state, wanted } = scene(seed);
    steps += planSteps(wanted, state).length;
    const owned = converge(wanted, state);
    expect({ seed, left: planSteps({ ...wanted, owned }, state) }).toEqual({ seed, left: [] });
  }
  // The scenes must not have become empty by some change to them.
  expect(steps).toBeGreaterThan(runs * 5);
});

test(`${runs} random plans, broken off anywhere and undone: the host prints as before`, () => {
  let undone = 0;
  for (let seed = 0; seed < runs; seed += 1) {
    const { random, state, wanted } = scene(seed);
    const before = print(state);
    const steps = planSteps(wanted, state);
    const end = steps.findIndex((planned) => lostByUndo(planned, state));
    const done = steps.slice(0, random.below((end < 0 ? steps.length : end) + 1));
    runAll(
      state,
      done.map((planned) => planned.step),
    );
    runAll(state, undoOf(done));
    expect({ seed, host: print(state) }).toEqual({ seed, host: before });
    undone += done.length;
  }
  expect(undone).toBeGreaterThan(runs * 2);
});

test(`${runs} random hosts of which a part cannot be seen: nothing of that part is deleted or changed`, () => {
  const parts: readonly [keyof Observed, RegExp][] = [
    ["rules", /^nft /],
    ["splices", /^tc filter /],
    ["forwarding", /^sysctl /],
    ["names", /^dnsmasq@/],
  ];
  for (let seed = 0; seed < runs; seed += 1) {
    const { random, state, wanted } = scene(seed);
    const [part, lines] = parts[random.below(parts.length)] ?? ["rules", /^nft /];
    const before = print(state);
    converge({ ...wanted, unknown: new Set([part]) }, state);
    // What the kernel itself forgets with a deleted interface does not count.
    const isLeft = (line: string) => {
      const [, name] = /conf\.(.*)\.forwarding/.exec(line) ?? [];
      return lines.test(line) && (name === undefined || (isInterfaceName(name) && state.links.has(name)));
    };
    const of = (text: string) => text.split("\n").filter(isLeft);
    expect({ seed, lines: of(print(state)) }).toEqual({ seed, lines: of(before) });
  }
});

test("a plan is the same each time it is made", () => {
  for (let seed = 0; seed < 50; seed += 1) {
    expect(planSteps(scene(seed).wanted, scene(seed).state)).toEqual(planSteps(scene(seed).wanted, scene(seed).state));
  }
});
