import type { NetworkName } from "../../src/model/names.ts";
import type { Network } from "../../src/model/network.ts";
import type { Port } from "../../src/model/port.ts";
import { desire } from "../../src/plan/desired.ts";
import type { Observed, Owned } from "../../src/plan/observed.ts";
import { observedLinks } from "../../src/plan/observed.ts";
import { makePlan } from "../../src/plan/plan.ts";
import type { PlannedStep } from "../../src/plan/step.ts";
import { testMac } from "../golden/written.ts";
import type { FakeLink, FakeState } from "./fake-host.ts";
import { apply, observe } from "./fake-host.ts";

export type Situation = {
  readonly networks: readonly Network[];
  readonly ports: readonly Port[];
  readonly stopped: ReadonlySet<NetworkName>;
  readonly owned: Owned;
  readonly unknown?: ReadonlySet<keyof Observed>;
};

export function planSteps(situation: Situation, state: FakeState): readonly PlannedStep[] {
  const observed = observe(state, situation.unknown ?? new Set());
  const routes = observed.routes.known ? observed.routes.value : [];
  const desired = desire(situation.networks, { ...situation, links: observedLinks(observed), routes, macOf: testMac });
  return makePlan(desired, observed, situation.owned).steps;
}

/** Runs steps that must all succeed. */
export function runAll(state: FakeState, steps: readonly PlannedStep["step"][]): void {
  for (const step of steps) {
    const failure = apply(state, step);
    if (failure !== null) throw new Error(`${JSON.stringify(step)}: ${failure.values["said"] ?? ""}`);
  }
}

/** Plans and runs. @returns what we own afterwards, as the service would have written it down */
export function converge(situation: Situation, state: FakeState): Owned {
  const steps = planSteps(situation, state);
  runAll(
    state,
    steps.map((planned) => planned.step),
  );
  const forwarding = new Set(situation.owned.forwarding);
  for (const { step } of steps) {
    if (step.kind !== "set-forwarding") continue;
    if (step.on) forwarding.add(step.interface);
    else forwarding.delete(step.interface);
  }
  return { forwarding, making: new Set(), joined: situation.owned.joined };
}

type Exception = readonly [why: string, holds: (planned: PlannedStep, link: FakeLink | undefined) => boolean];

/** The steps whose undo does not bring back all that was. There are no others: the tests hold them to the letter. */
export const exceptions: readonly Exception[] = [
  ["a mark stays: it only says what is so", ({ step }) => step.kind === "mark"],
  [
    "what others wrote into our table is known to nobody",
    ({ step, reason }) => step.kind === "set-rules" && reason === "altered",
  ],
  [
    "a dead dnsmasq is not brought back dead",
    ({ step, reason }) => step.kind === "serve-names" && reason === "not-running",
  ],
  [
    "a switch or carrier is not made again",
    ({ step }, link) => step.kind === "delete-interface" && link?.kind !== "tun",
  ],
  [
    "a tap that is made again carries the mark",
    ({ step }, link) => step.kind === "delete-interface" && link?.marked === false,
  ],
];

export function lostByUndo(planned: PlannedStep, state: FakeState): boolean {
  const { step } = planned;
  const link = "interface" in step ? state.links.get(step.interface) : undefined;
  return exceptions.some(([, holds]) => holds(planned, link));
}
