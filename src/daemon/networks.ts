import { changedSettings, editDocument } from "../model/document.ts";
import type { Network } from "../model/network.ts";
import { changeNetwork, toSetting } from "../model/network.ts";
import type { Caller } from "../model/policy.ts";
import type { Plan } from "../plan/step.ts";
import { requireAdministrator } from "./access.ts";
import { isPending, readDocument, refuseClash, writeDocument } from "./documents.ts";
import { audit } from "./journal.ts";
import type { World } from "./reconcile.ts";
import { planFor, reconcile } from "./reconcile.ts";
import type { Service } from "./service.ts";
import { apply, findNetwork, wantedNow } from "./service.ts";
import { readApplied, writeStopped } from "./state.ts";

export type SetRequest = {
  readonly network: string;
  readonly settings: readonly { readonly key: string; readonly value: string }[];
  readonly apply: boolean;
  readonly dryRun: boolean;
};

/** Changes the document, all of it or nothing: values are checked, and the subnet against the world, before a byte is
 * written. */
export async function setNetwork(
  service: Service,
  caller: Caller,
  request: SetRequest,
): Promise<{ network: Network; plan: Plan; pending: boolean }> {
  const { world } = service;
  const settings = request.settings.map(({ key, value }) => toSetting(key, value));
  const what = `network set ${settings.map(({ key, value }) => `${key}=${value}`).join(" ")}`;
  requireAdministrator(caller, await service.policy(), what);
  const { text, document } = await readDocument(world.folders);
  const before = findNetwork(document, request.network);
  const network = changeNetwork(before, settings);
  const networks = document.networks.map((one) => (one.name === network.name ? network : one));
  refuseClash(networks, await world.host.glance());
  if (request.dryRun) {
    const plan = await planFor(world, { ...(await wantedNow(world)), networks });
    return { network, plan, pending: false };
  }
  await writeDocument(world.folders, editDocument(text, network.name, changedSettings(before, network)));
  audit(caller, what, "written");
  const plan = request.apply ? await applyOrForget(world, networks, text) : { steps: [] };
  const applied = (await readApplied(world.folders)) ?? [];
  return { network, plan, pending: isPending(networks, applied) };
}

/** What could not be put into force is not left in the document either: the command did it all, or nothing. */
async function applyOrForget(world: World, networks: readonly Network[], text: string): Promise<Plan> {
  try {
    return await apply(world, networks);
  } catch (error) {
    await writeDocument(world.folders, text);
    throw error;
  }
}

export async function reload(service: Service, caller: Caller): Promise<Plan> {
  const { world } = service;
  requireAdministrator(caller, await service.policy(), "network reload");
  const { document } = await readDocument(world.folders);
  refuseClash(document.networks, await world.host.glance());
  const plan = await apply(world, document.networks);
  audit(caller, "network reload", `${plan.steps.length} steps`);
  return plan;
}

export async function pendingPlan(service: Service): Promise<{ plan: Plan; pending: boolean }> {
  const { world } = service;
  const { document } = await readDocument(world.folders);
  const now = await wantedNow(world);
  const plan = await planFor(world, { ...now, networks: document.networks });
  return { plan, pending: isPending(document.networks, now.networks) };
}

/** Starts or stops a network. Stopped, its devices stay: guests keep their plug and come back with it. */
export async function setRunning(
  service: Service,
  caller: Caller,
  request: { readonly network: string; readonly running: boolean },
): Promise<Plan> {
  const { world } = service;
  const what = `network ${request.running ? "start" : "stop"} ${request.network}`;
  requireAdministrator(caller, await service.policy(), what);
  const now = await wantedNow(world);
  const network = findNetwork(now, request.network);
  const stopped = new Set(now.stopped);
  if (request.running) stopped.delete(network.name);
  else stopped.add(network.name);
  const plan = await reconcile(world, { ...now, stopped }, () => writeStopped(world.folders, stopped));
  audit(caller, what, `${plan.steps.length} steps`);
  return plan;
}
