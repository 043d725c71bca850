import type { InterfaceName } from "../../src/model/names.ts";
import type { StepOf } from "../../src/plan/step.ts";
import type { FakeState } from "./fake-host.ts";
import { refuse } from "./fake-links.ts";

/** What goes from an interface of ours to a NIC (iproute2 6.1, tried in a namespace). */
export function runSplice(state: FakeState, step: StepOf<"splice">): void {
  for (const name of [step.interface, step.nic]) {
    if (!state.links.has(name)) refuse(step, `Cannot find device "${name}"`);
  }
  const { interface: name, nic, mac } = step;
  state.splices = [...state.splices.filter((one) => one.interface !== name), { interface: name, nic, mac }];
}

/** Rules of the netdev family name interfaces, which must be there (nft 1.0.6). */
export function refuseRules(state: FakeState, step: StepOf<"set-rules">): void {
  for (const name of step.rules === null ? [] : namesIn(step.rules)) {
    if (!state.links.has(name)) refuse(step, "Could not process rule: No such file or directory");
  }
}

/** An interface that goes takes filters with it, and rules that hand frames to it hand them to nobody from then on. */
export function forgetLink(state: FakeState, name: InterfaceName): void {
  state.splices = state.splices.filter((one) => one.interface !== name && one.nic !== name);
  const { rules } = state;
  if (rules === null || rules === "altered") return;
  if (namesIn(rules).includes(name)) state.rules = "altered";
}

type Rules = NonNullable<StepOf<"set-rules">["rules"]>;

function namesIn({ splices, vmware = [] }: Rules): readonly InterfaceName[] {
  const ofSplices = splices.flatMap(({ splice }) => [splice.switch, splice.interface, splice.peer, splice.nic]);
  return [...ofSplices, ...vmware.map(({ peer }) => peer)];
}
