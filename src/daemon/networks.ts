import { sameCidr } from "../model/address.ts";
import { changedSettings, editDocument } from "../model/document.ts";
import type { Move } from "../model/moves.ts";
import { movesBetween, refuseCrowding } from "../model/moves.ts";
import type { Network, Setting, SettingKey } from "../model/network.ts";
import { changeNetwork, settingKeys, settingsOf, toSetting } from "../model/network.ts";
import { refuseOverlap } from "../model/networks.ts";
import type { Caller } from "../model/policy.ts";
import { refuseUnbridgeable } from "../plan/splice.ts";
import type { Plan } from "../plan/step.ts";
import { refuseUnknownUplink, surroundings } from "../plan/uplink.ts";
import { requireAdministrator, requireNetwork } from "./access.ts";
import { refuseClash } from "../plan/free-subnet.ts";
import { isPending, readWanted, writeDocument } from "./documents.ts";
import { audit } from "./journal.ts";
import { standsOn } from "../plan/settle.ts";
import { refusePool } from "./lan.ts";
import type { World } from "./reconcile.ts";
import { planFor, reconcile } from "./reconcile.ts";
import type { Service } from "./service.ts";
import { apply, findNetwork, portsOn, settled, wantedNow } from "./service.ts";
import { readApplied, readUserNetworks, writeStopped } from "./state.ts";
import { beginTrial, endTrial, risky } from "./trial.ts";
import { setUserNetwork } from "./user-networks.ts";

export type SetRequest = {
  readonly network: string;
  readonly settings: readonly { readonly key: string; readonly value: string }[];
  readonly apply: boolean;
  readonly dryRun: boolean;
};

export type SetOutcome = {
  readonly network: Network;
  readonly plan: Plan;
  readonly pending: boolean;
  /** What changes with what was asked for: other settings, and machines' addresses. */
  readonly also: readonly SettingChange[];
  readonly moved: readonly Move[];
};

export type SettingChange = { readonly key: SettingKey; readonly before: string; readonly after: string };

/** A narrower range takes `max` with it, another subnet the range. */
export function alsoChanged(before: Network, after: Network, asked: readonly Setting[]): readonly SettingChange[] {
  const [old, now] = [settingsOf(before), settingsOf(after)];
  return settingKeys
    .filter((key) => old[key] !== now[key] && !asked.some((one) => one.key === key))
    .map((key) => ({ key, before: old[key], after: now[key] }));
}

/** Changes a network's settings: of the document's in the document, of a user's in the service's own list. */
export async function setNetwork(service: Service, caller: Caller, request: SetRequest): Promise<SetOutcome> {
  const { world } = service;
  const settings = request.settings.map(({ key, value }) => toSetting(key, value));
  const what = `network set ${settings.map(({ key, value }) => `${key}=${value}`).join(" ")}`;
  const policy = await service.policy();
  const ofUser = (await readUserNetworks(world.folders)).find((one) => one.name === request.network);
  if (ofUser !== undefined) {
    requireNetwork({ caller, policy }, ofUser, `${what} ${ofUser.name}`);
    const outcome = await setUserNetwork(service, { caller, policy, before: ofUser }, { ...request, settings });
    return { ...outcome, also: alsoChanged(ofUser, outcome.network, settings) };
  }
  requireAdministrator(caller, policy, what);
  const { text, ofUsers, networks: wanted } = await readWanted(world.folders);
  const before = findNetwork({ networks: wanted }, request.network);
  const network = changeNetwork(before, settings);
  refuseOverlap(network, ofUsers);
  const networks = wanted.map((one) => (one.name === network.name ? network : one));
  const observed = await world.host.glance();
  // What came meanwhile is in the way of no other setting: the doctor tells of it.
  if (!sameCidr(network.address, before.address)) refuseClash([network], observed, networks);
  const around = surroundings(observed);
  await refusePool(world, network, { networks, around });
  const now = await wantedNow(world);
  refuseCrowding(now, [network]);
  const also = alsoChanged(before, network, settings);
  const tried = request.apply ? risky(now.networks, networks) : [];
  for (const one of tried) refuseUnbridgeable(one, networks, around);
  if (network.uplink !== before.uplink) refuseUnknownUplink(network, around, networks);
  if (request.dryRun) {
    const ports = await portsOn(world, { networks, ports: now.ports, isAsked: standsOn(network) });
    const plan = await planFor(world, { ...now, networks, ports });
    return { network, plan, pending: false, also, moved: movesBetween(now, { networks, ports }) };
  }
  if (tried.length > 0) {
    audit(caller, what, "on trial");
    const plan = await beginTrial(service, { network, before: now.networks, after: networks });
    return { network, plan, pending: false, also, moved: movesBetween(now, await wantedNow(world)) };
  }
  // All of it or nothing: checked, the subnet against the world too, before a byte is written.
  await writeDocument(world.folders, editDocument(text, network.name, changedSettings(before, network)));
  audit(caller, what, "written");
  const plan = request.apply ? await applyOrForget(world, networks, text) : { steps: [] };
  const applied = (await readApplied(world.folders)) ?? [];
  const moved = movesBetween(now, await wantedNow(world));
  return { network, plan, pending: isPending(networks, applied), also, moved };
}

/** What a user's network clashes with by now is its owner's to mend, and stops nobody else. */
function isOfDocument(network: Network): boolean {
  return network.owner === null;
}

/** What could not be put into force is not left in the document either: the command did it all, or nothing. */
export async function applyOrForget(world: World, networks: readonly Network[], text: string): Promise<Plan> {
  try {
    return await apply(world, networks);
  } catch (error) {
    await writeDocument(world.folders, text);
    throw error;
  }
}

export async function reload(
  service: Service,
  caller: Caller,
): Promise<{ readonly plan: Plan; readonly moved: readonly Move[] }> {
  const { world } = service;
  requireAdministrator(caller, await service.policy(), "network reload");
  const ended = await endTrial(world);
  if (ended !== null) {
    audit(caller, "network reload", "the trial is ended");
    return { plan: ended, moved: [] };
  }
  const { networks } = await readWanted(world.folders);
  const ofDocument = networks.filter(isOfDocument);
  const observed = await world.host.glance();
  const now = await wantedNow(world);
  const before = now.networks;
  const isAsBefore = (network: Network) =>
    before.some((one) => one.name === network.name && sameCidr(one.address, network.address));
  refuseClash(
    ofDocument.filter((network) => !isAsBefore(network)),
    observed,
    networks,
  );
  refuseCrowding(now, ofDocument);
  const around = surroundings(observed);
  for (const network of ofDocument) await refusePool(world, network, { networks, around });
  const tried = risky(before, networks);
  for (const one of tried) refuseUnbridgeable(one, networks, around);
  const [network] = tried;
  const plan =
    network === undefined
      ? await apply(world, networks)
      : await beginTrial(service, { network, before, after: networks });
  audit(caller, "network reload", `${plan.steps.length} steps`);
  return { plan, moved: movesBetween(now, await wantedNow(world)) };
}

export async function pendingPlan(
  service: Service,
): Promise<{ readonly plan: Plan; readonly pending: boolean; readonly moved: readonly Move[] }> {
  const { world } = service;
  const { networks } = await readWanted(world.folders);
  const now = await wantedNow(world);
  refuseCrowding(now, networks);
  // What a pool would give is asked for on the LAN when it is put into force.
  const ports = settled(networks, now.ports);
  const plan = await planFor(world, { ...now, networks, ports });
  return { plan, pending: isPending(networks, now.networks), moved: movesBetween(now, { networks, ports }) };
}

/** Starts or stops a network. Stopped, its devices stay: guests keep their plug and come back with it. */
export async function setRunning(
  service: Service,
  caller: Caller,
  request: { readonly network: string; readonly running: boolean },
): Promise<Plan> {
  const { world } = service;
  const what = `network ${request.running ? "start" : "stop"} ${request.network}`;
  const now = await wantedNow(world);
  const network = findNetwork(now, request.network);
  requireNetwork({ caller, policy: await service.policy() }, network, what);
  const stopped = new Set(now.stopped);
  if (request.running) stopped.delete(network.name);
  else stopped.add(network.name);
  const plan = await reconcile(world, { ...now, stopped }, () => writeStopped(world.folders, stopped));
  audit(caller, what, `${plan.steps.length} steps`);
  return plan;
}
