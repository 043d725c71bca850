import type { InterfaceName, NetworkName } from "../../src/model/names.ts";
import type { Network } from "../../src/model/network.ts";
import type { Port } from "../../src/model/port.ts";
import { desire } from "../../src/plan/desired.ts";
import type { Observed, Owned } from "../../src/plan/observed.ts";
import { routersOf } from "../../src/plan/forwarding.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { surroundings } from "../../src/plan/uplink.ts";
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
  const { links, routes, hidden } = surroundings(observed);
  const vmware = observed.vmware.known && observed.vmware.value;
  const routers = routersOf(observed, situation.owned);
  const desired = desire(situation.networks, { ...situation, links, routes, hidden, vmware, routers, macOf: testMac });
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
  const claimed = (kind: "set-forwarding" | "set-promiscuous", before: ReadonlySet<InterfaceName>) => {
    const names = new Set(before);
    for (const { step } of steps) {
      if (step.kind !== kind) continue;
      if (step.on) names.add(step.interface);
      else names.delete(step.interface);
    }
    return names;
  };
  const forwarding = claimed("set-forwarding", situation.owned.forwarding);
  const promiscuous = claimed("set-promiscuous", situation.owned.promiscuous);
  return { forwarding, promiscuous, making: new Set(), joined: situation.owned.joined };
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
    "what others made of a line is known to nobody",
    ({ step }, link) => link?.line === "altered" && (step.kind === "set-line" || step.kind === "delete-interface"),
  ],
  [
    "a dead dnsmasq is not brought back dead",
    ({ step, reason }) => step.kind === "serve-names" && reason === "not-running",
  ],
  [
    "a switch or carrier is not made again, but a pair to the LAN is",
    ({ step }, link) => step.kind === "delete-interface" && link?.kind !== "tun" && !/^uplink/.test(step.interface),
  ],
  [
    "filters of a pair that is there are not deleted again",
    ({ step, reason }, link) => step.kind === "splice" && reason === "missing" && link !== undefined,
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
