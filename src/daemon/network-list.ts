import { TarrError } from "../error.ts";
import { addToDocument, removeFromDocument } from "../model/document.ts";
import type { NetworkName } from "../model/names.ts";
import { parseNetworkName } from "../model/names.ts";
import type { Network, Setting } from "../model/network.ts";
import { changeNetwork, toSetting, usualNetwork } from "../model/network.ts";
import { freeSwitch, refuseSettings, refuseSubnet, requestedAddress } from "../model/networks.ts";
import type { Caller } from "../model/policy.ts";
import { mayAdminister } from "../model/policy.ts";
import { observedLinks } from "../plan/observed.ts";
import type { Plan } from "../plan/step.ts";
import type { Asking } from "./access.ts";
import { requireAdministrator, requireNetwork, requireUser } from "./access.ts";
import { anotherAddress } from "../plan/free-subnet.ts";
import { readWanted, writeDocument } from "./documents.ts";
import { audit } from "./journal.ts";
import { applyOrForget } from "./networks.ts";
import type { World } from "./reconcile.ts";
import type { Service } from "./service.ts";
import { findNetwork } from "./service.ts";
import { readUserNetworks } from "./state.ts";
import { addUserNetwork, allNetworks, refuseBeside, refuseInUse, removeUserNetwork } from "./user-networks.ts";

export type CreateRequest = {
  readonly network: string;
  /** Without one, and without the setting `address`, a free subnet is found. */
  readonly subnet: string | null;
  readonly settings: readonly { readonly key: string; readonly value: string }[];
  /** For everybody: a network of the document. */
  readonly shared: boolean;
};

type Order = {
  readonly name: NetworkName;
  readonly subnet: string | null;
  readonly settings: readonly Setting[];
  readonly owner: number | null;
  /** What it is to be beside; if not said, all that there are. */
  readonly all?: readonly Network[];
};

/**
 * A network more. Whoever makes it owns it; root's is everybody's and goes into the document, since root has no machines
 * to put on one.
 */
export async function createNetwork(
  service: Service,
  caller: Caller,
  request: CreateRequest,
): Promise<{ network: Network; plan: Plan }> {
  const { world } = service;
  const name = parseNetworkName(request.network);
  const settings = request.settings.map(({ key, value }) => toSetting(key, value));
  const policy = await service.policy();
  const isShared = request.shared || caller.uid === 0;
  const what = `network create ${name}`;
  if (isShared) requireAdministrator(caller, policy, what);
  else await refuseMore(world, { caller, policy, what });
  const owner = isShared ? null : caller.uid;
  const network = await design(world, { name, subnet: request.subnet, settings, owner }, { caller, policy });
  await refuseBeside(world, network);
  const plan = isShared ? await addShared(world, network) : await addUserNetwork(world, network);
  audit(caller, what, "done");
  return { network, plan };
}

/** Its owner and administrators; one with machines stays. */
export async function deleteNetwork(service: Service, caller: Caller, name: string): Promise<Plan> {
  const { world } = service;
  const policy = await service.policy();
  const what = `network delete ${parseNetworkName(name)}`;
  const ofUser = (await readUserNetworks(world.folders)).find((one) => one.name === name);
  const network = ofUser ?? findNetwork(await readWanted(world.folders), name);
  requireNetwork({ caller, policy }, network, what);
  const plan = ofUser === undefined ? await removeShared(world, network) : await removeUserNetwork(world, network);
  audit(caller, what, "done");
  return plan;
}

/** @throws TarrError `denied-use`, `quota-networks` */
async function refuseMore(world: World, asking: Asking & { readonly what: string }): Promise<void> {
  const { caller, policy, what } = asking;
  requireUser(caller, policy, what);
  if (mayAdminister(caller, policy)) return;
  const own = (await readUserNetworks(world.folders)).filter((one) => one.owner === caller.uid);
  if (own.length < policy.networks) return;
  audit(caller, what, "refused");
  const names = own.map((one) => one.name).join(", ");
  const values = { user: caller.name, quota: String(policy.networks), names: names === "" ? "–" : names };
  throw new TarrError("quota-networks", values);
}

/** What the network is to be: all that was not said by the usual rules. */
export async function design(world: World, order: Order, { caller, policy }: Asking): Promise<Network> {
  const { name, subnet, settings, owner } = order;
  const [all, observed] = await Promise.all([order.all ?? allNetworks(world), world.host.glance()]);
  if (all.some((one) => one.name === name)) throw new TarrError("network-exists", { network: name });
  const administers = mayAdminister(caller, policy);
  const said = requestedAddress(subnet, settings.find(({ key }) => key === "address")?.value ?? null);
  const address = said ?? anotherAddress(observed, all, administers ? null : policy);
  const present = new Set<string>(observedLinks(observed).map((link) => link.name));
  const usual = usualNetwork({ name, address, switch: freeSwitch(all, present), owner });
  if (!administers) {
    refuseSettings(usual, settings, { caller, policy });
    refuseSubnet(address, { caller, policy });
  }
  const network = changeNetwork(
    usual,
    settings.filter(({ key }) => key !== "address"),
  );
  // Only what is there already can be tried.
  if (network.reach === "bridged") throw new TarrError("bridge-shared-only", { network: name });
  return network;
}

async function addShared(world: World, network: Network): Promise<Plan> {
  const { text } = await readWanted(world.folders);
  await writeDocument(world.folders, addToDocument(text, network));
  return applyOrForget(world, (await readWanted(world.folders)).networks, text);
}

async function removeShared(world: World, network: Network): Promise<Plan> {
  await refuseInUse(world, network);
  const { text } = await readWanted(world.folders);
  await writeDocument(world.folders, removeFromDocument(text, network.name));
  return applyOrForget(world, (await readWanted(world.folders)).networks, text);
}
