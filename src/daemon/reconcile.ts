import { TarrError } from "../error.ts";
import type { Host } from "../host/host.ts";
import type { SwitchProbes } from "../host/probe/probes.ts";
import { formatCidr } from "../model/address.ts";
import type { InterfaceName, NetworkName } from "../model/names.ts";
import type { Network } from "../model/network.ts";
import type { Port } from "../model/port.ts";
import { same } from "../plan/compare.ts";
import type { Circumstances, Desired } from "../plan/desired.ts";
import { desire } from "../plan/desired.ts";
import type { Observed, Owned } from "../plan/observed.ts";
import { observedLinks } from "../plan/observed.ts";
import { routersOf } from "../plan/forwarding.ts";
import { isEmpty, makePlan, undoOf } from "../plan/plan.ts";
import { findJoined } from "../plan/ports.ts";
import type { Plan, PlannedStep } from "../plan/step.ts";
import { surroundings } from "../plan/uplink.ts";
import { claim, readClaims, release, writeClaims } from "./claims.ts";
import { log, logPlan } from "./journal.ts";
import type { Learned } from "./learned.ts";
import { placesNeeded } from "./learned.ts";
import { leasedPorts } from "./lan.ts";
import type { LanSegment } from "./lan.ts";
import type { Publish } from "./names.ts";
import type { SeenAddresses } from "./seen.ts";
import type { TrialTerms } from "./trial.ts";
import type { KeepUsernet } from "./usernet.ts";
import type { Folders } from "./state.ts";
import { clearJournal, readJoined, readJournal, writeJoined, writeJournal } from "./state.ts";

/** What is to be so. */
export type Wanted = {
  readonly networks: readonly Network[];
  readonly ports: readonly Port[];
  readonly stopped: ReadonlySet<NetworkName>;
};

export type World = {
  readonly host: Host;
  readonly folders: Folders;
  readonly macOf: Circumstances["macOf"];
  /** What tells this computer from others, in 16 hexadecimal digits. */
  readonly computer: string;
  /** Tells the host's own resolver what machines there are. */
  readonly publish: Publish;
  /** Lets users plug machines in whose hypervisor does that itself. */
  readonly keepUsernet: KeepUsernet;
  readonly lan: LanSegment;
  /** Where containers are. */
  readonly learned: Learned;
  /** Asks on a switch as a machine does. */
  readonly probes: SwitchProbes;
  readonly trial: TrialTerms;
  readonly seen: SeenAddresses;
};

/** How long the kernel and dnsmasq may take to look as they were told to. */
const verifyPatience = 2_000;

/** What would be done, and nothing else: the same value that `reconcile` runs. */
export async function planFor(world: World, wanted: Wanted): Promise<Plan> {
  return (await survey(world, wanted)).plan;
}

/**
 * The whole story: observe, plan, write down what is about to happen, run it step by step, observe again. What fails
 * is taken back, last change first.
 *
 * @param commit writes down that what is wanted is now in force, before the journal says that nothing is under way
 * @returns the plan that was run; empty when all was as wanted
 * @throws TarrError `plan-failed` or `verify-failed` after the undo, and whatever `makePlan` refuses
 */
export async function reconcile(world: World, wanted: Wanted, commit = () => Promise.resolve()): Promise<Plan> {
  const { plan, owned, observed, desired } = await survey(world, wanted);
  await rememberJoined(world, { wanted, observed, before: owned.joined });
  if (isEmpty(plan)) {
    await commit();
    await clearJournal(world.folders);
    tell(world, { wanted, desired, anew: false });
    return plan;
  }
  logPlan(plan);
  await Promise.all([
    writeJournal(world.folders, { networks: wanted.networks, making: making(plan, owned) }),
    claim(world.folders, owned, plan),
  ]);
  const outcome = await world.host.run(plan.steps.map((planned) => planned.step));
  if (outcome.failure !== null) {
    // Where the failed step had not begun after all, its undo has nothing to do and says so.
    await undo(world, plan.steps.slice(0, outcome.done + (outcome.begun ? 1 : 0)));
    await writeClaims(world.folders, owned);
    const isBack = await isAsBefore(world, observed);
    // That has a sentence of its own.
    if (isBack && outcome.failure.code === "name-service-failed") throw outcome.failure;
    throw new TarrError(isBack ? "plan-failed" : "plan-failed-left", describe(outcome.failure), outcome.failure);
  }
  const missing = await verify(world, wanted, plan);
  if (missing !== null) {
    await undo(world, plan.steps);
    const code = (await isAsBefore(world, observed)) ? "verify-failed" : "plan-failed-left";
    throw new TarrError(code, { step: missing, command: missing, said: "" });
  }
  await Promise.all([release(world.folders, plan), commit()]);
  await clearJournal(world.folders);
  tell(world, { wanted, desired, anew: plan.steps.some(({ step }) => step.kind === "create-switch") });
  return plan;
}

/** What is in force now, for whoever lives by it: the host's resolver, the LAN segment. */
function tell(world: World, what: { wanted: Wanted; desired: Desired; anew: boolean }): void {
  const { networks, ports } = what.wanted;
  world.seen.follow(what.desired.rules);
  world.publish(what.wanted, what.anew);
  world.lan.follow({ addresses: what.desired.lan, leased: leasedPorts(networks, ports) });
}

type Survey = {
  readonly plan: Plan;
  readonly owned: Owned;
  readonly observed: Observed;
  readonly desired: Desired;
};

async function survey(world: World, wanted: Wanted): Promise<Survey> {
  const [observed, journal, claims, joined] = await Promise.all([
    world.host.observe(),
    readJournal(world.folders),
    readClaims(world.folders),
    readJoined(world.folders),
  ]);
  const owned: Owned = { ...claims, making: journal?.making ?? new Set(), joined };
  const places = await placesNeeded(world.learned, wanted);
  const desired = desireFor(world, wanted, { ...observed, places, owned: claims });
  return { plan: makePlan(desired, observed, owned), owned, observed, desired };
}

type Seen = Observed & Pick<Circumstances, "places"> & { readonly owned: Pick<Owned, "forwarding"> };

export function desireFor(world: World, wanted: Wanted, observed: Seen): Desired {
  return desire(wanted.networks, {
    ports: wanted.ports,
    stopped: wanted.stopped,
    ...surroundings(observed),
    // What is there stays (desired.ts) as long as it is not known.
    vmware: observed.vmware.known && observed.vmware.value,
    routers: routersOf(observed, observed.owned),
    macOf: world.macOf,
    ...(observed.places === undefined ? {} : { places: observed.places }),
  });
}

type Guests = { readonly wanted: Wanted; readonly observed: Observed; readonly before: Owned["joined"] };

/** Written down while the switch is there: when it is not, what is remembered is all that is known. */
async function rememberJoined(world: World, { wanted, observed, before }: Guests): Promise<void> {
  const links = observedLinks(observed);
  const present = new Set(links.map((link) => link.name));
  const switches = wanted.networks.map((network) => network.switch).filter((name) => present.has(name));
  const kept = [...before].filter(([, on]) => !present.has(on));
  const joined = new Map([...kept, ...findJoined(links, new Set(switches))]);
  if (!same([...joined], [...before])) await writeJoined(world.folders, joined);
}

/** Interfaces of ours from the moment on at which they may exist, although they do not carry the mark yet. */
function making(plan: Plan, owned: Owned): ReadonlySet<InterfaceName> {
  const made = plan.steps.flatMap(({ step }): InterfaceName[] => {
    if (step.kind === "create-switch" || step.kind === "create-tap") return [step.interface];
    const makesPair =
      step.kind === "create-carrier" || step.kind === "create-vmware-port" || step.kind === "create-uplink";
    return makesPair ? [step.interface, step.peer] : [];
  });
  return new Set([...owned.making, ...made]);
}

/**
 * Observes until nothing of what was done is left to do. What is newly so is somebody else's change meanwhile, a firewall
 * that is switched on: it takes nothing of ours back, and the watch of the host brings the next look (repair.ts).
 *
 * @returns the first step that seems not to have been done, or null
 */
async function verify(world: World, wanted: Wanted, done: Plan): Promise<string | null> {
  const deadline = performance.now() + verifyPatience;
  for (;;) {
    const { plan } = await survey(world, wanted);
    const first = plan.steps.find(({ step }) => done.steps.some((one) => same(one.step, step)));
    if (first === undefined) return null;
    if (performance.now() > deadline) return `${first.step.kind}: ${first.reason}`;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Takes changes back, going on past failures: each undone step is one thing less to repair. */
async function undo(world: World, done: readonly PlannedStep[]): Promise<void> {
  for (const step of undoOf(done)) {
    const { failure } = await world.host.run([step]);
    if (failure !== null) log("warning", `undo of ${step.kind}: ${failure.message}`);
  }
  await clearJournal(world.folders);
}

/** Whether the undo brought back what there was: seen, not believed. */
async function isAsBefore(world: World, before: Observed): Promise<boolean> {
  return same(comparable(await world.host.observe()), comparable(before));
}

/** What we change, without what changes by itself (a guest that starts raises its tap's carrier). */
function comparable(observed: Observed) {
  const links = observedLinks(observed).map((link) => ({
    ...link,
    carrier: null,
    addresses: link.addresses.map(formatCidr).sort(),
  }));
  return {
    links: links.sort((one, other) => (one.name < other.name ? -1 : 1)),
    rules: observed.rules,
    forwarding: observed.forwarding.known ? [...observed.forwarding.value].sort() : null,
    splices: observed.splices.known ? observed.splices.value.map((one) => JSON.stringify(one)).sort() : null,
    names: observed.names.known
      ? [...observed.names.value].map(([name, is]) => [name, is.running, is.service]).sort()
      : null,
  };
}

function describe(failure: TarrError): { command: string; said: string } {
  return { command: failure.values["command"] ?? failure.code, said: failure.values["said"] ?? failure.message };
}
