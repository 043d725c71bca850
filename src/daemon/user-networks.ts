import { TarrError } from "../error.ts";
import { sameCidr } from "../model/address.ts";
import type { Move } from "../model/moves.ts";
import { movesBetween, refuseCrowding } from "../model/moves.ts";
import type { Network } from "../model/network.ts";
import { changeNetwork } from "../model/network.ts";
import type { Setting } from "../model/network.ts";
import { refuseOverlap, refuseSettings, refuseSubnet } from "../model/networks.ts";
import { mayAdminister } from "../model/policy.ts";
import { prototypeTap } from "../plan/desired.ts";
import { observedLinks } from "../plan/observed.ts";
import { refuseUnknownUplink, surroundings } from "../plan/uplink.ts";
import type { Plan } from "../plan/step.ts";
import type { Asking } from "./access.ts";
import { refuseClash, refuseHiding } from "../plan/free-subnet.ts";
import { isPending, readDocument } from "./documents.ts";
import { audit } from "./journal.ts";
import { standsOn } from "../plan/settle.ts";
import { refusePool } from "./lan.ts";
import type { World } from "./reconcile.ts";
import { planFor } from "./reconcile.ts";
import type { Service } from "./service.ts";
import { apply, portsOn, wantedNow } from "./service.ts";
import { readUserNetworks, writeUserNetworks } from "./state.ts";

type SetUserRequest = {
  readonly settings: readonly Setting[];
  readonly apply: boolean;
  readonly dryRun: boolean;
};

/** Changes a user's network, and puts that one into force; what is pending in the document is not the user's to apply. */
export async function setUserNetwork(
  service: Service,
  { caller, policy, before }: Asking & { readonly before: Network },
  request: SetUserRequest,
): Promise<{ network: Network; plan: Plan; pending: boolean; moved: readonly Move[] }> {
  const { world } = service;
  const administers = mayAdminister(caller, policy);
  if (!administers) refuseSettings(before, request.settings, { caller, policy });
  const network = changeNetwork(before, request.settings);
  if (network.reach === "bridged") throw new TarrError("bridge-shared-only", { network: network.name });
  if (!administers && !sameCidr(network.address, before.address)) refuseSubnet(network.address, { caller, policy });
  await refuseBeside(world, network);
  const now = await wantedNow(world);
  refuseCrowding(now, [network]);
  const networks = withNetwork(now.networks, network);
  if (request.dryRun) {
    const ports = await portsOn(world, { networks, ports: now.ports, isAsked: standsOn(network) });
    const moved = movesBetween(now, { networks, ports });
    return { network, plan: await planFor(world, { ...now, networks, ports }), pending: false, moved };
  }
  const written = (await readUserNetworks(world.folders)).map((one) => (one.name === network.name ? network : one));
  const plan = await putIntoForce(world, written, request.apply ? networks : null);
  audit(caller, `network set ${request.settings.map(({ key, value }) => `${key}=${value}`).join(" ")}`, "done");
  const after = await wantedNow(world);
  const inForce = after.networks.filter((one) => one.name === network.name);
  return { network, plan, pending: isPending([network], inForce), moved: movesBetween(now, after) };
}

export async function addUserNetwork(world: World, network: Network): Promise<Plan> {
  const [now, ofUsers] = await Promise.all([wantedNow(world), readUserNetworks(world.folders)]);
  return putIntoForce(world, [...ofUsers, network], withNetwork(now.networks, network));
}

/** @throws TarrError `network-in-use`, with the machines' names */
export async function removeUserNetwork(world: World, network: Network): Promise<Plan> {
  const [now, ofUsers] = await Promise.all([wantedNow(world), readUserNetworks(world.folders)]);
  await refuseInUse(world, network);
  const others = (all: readonly Network[]) => all.filter((one) => one.name !== network.name);
  return putIntoForce(world, others(ofUsers), others(now.networks));
}

/** Machines on ports, and guests that somebody put on the switch by hand. @throws TarrError `network-in-use` */
export async function refuseInUse(world: World, network: Network): Promise<void> {
  const { ports } = await wantedNow(world);
  const machines = ports.filter((port) => port.network === network.name).map((port) => port.name);
  const onSwitch = observedLinks(await world.host.glance()).filter((link) => link.master === network.switch);
  const guests = onSwitch.filter(({ marked, name, carrier }) => !marked || (name === prototypeTap && carrier));
  // A container on a port has an interface of its own: it is named once.
  const names: readonly string[] = machines.length > 0 ? machines : guests.map((link) => link.name);
  if (names.length > 0) throw new TarrError("network-in-use", { network: network.name, names: names.join(", ") });
}

/** Every network that there is or is to be; of a document that is broken by now, those in force. */
export async function allNetworks(world: World): Promise<readonly Network[]> {
  const [now, ofUsers, ofDocument] = await Promise.all([
    wantedNow(world),
    readUserNetworks(world.folders),
    readDocument(world.folders).then(
      ({ document }) => document.networks,
      () => [],
    ),
  ]);
  return [...ofDocument, ...ofUsers, ...now.networks];
}

/**
 * @param beside the other networks; if not said, all that there are
 * @throws TarrError `subnet-of-network`, `network-clash`, `subnet-taken`, `uplink-unknown`, and what `refusePool` throws
 */
export async function refuseBeside(
  world: World,
  network: Network,
  beside: readonly Network[] | null = null,
): Promise<void> {
  const all = beside ?? (await allNetworks(world));
  refuseOverlap(network, all);
  const observed = await world.host.glance();
  const networks = [...all, network];
  const stays = all.some((one) => one.name === network.name && sameCidr(one.address, network.address));
  // What came meanwhile is in the way of no other setting: the doctor tells of it.
  if (!stays) refuseClash([network], observed, networks);
  if (!stays && network.owner !== null) refuseHiding(network, observed, networks);
  const around = surroundings(observed);
  const keepsUplink = all.some((one) => one.name === network.name && one.uplink === network.uplink);
  if (!keepsUplink) refuseUnknownUplink(network, around, networks);
  await refusePool(world, network, { networks, around });
}

function withNetwork(networks: readonly Network[], network: Network): readonly Network[] {
  const isThere = networks.some((one) => one.name === network.name);
  return isThere ? networks.map((one) => (one.name === network.name ? network : one)) : [...networks, network];
}

/**
 * The list is written first: a service that ends in between goes on by it. What could not be put into force is not left in
 * it either.
 *
 * @param networks all that is to be in force; null to leave it as it is
 */
async function putIntoForce(
  world: World,
  ofUsers: readonly Network[],
  networks: readonly Network[] | null,
): Promise<Plan> {
  const before = await readUserNetworks(world.folders);
  await writeUserNetworks(world.folders, ofUsers);
  if (networks === null) return { steps: [] };
  try {
    return await apply(world, networks);
  } catch (error) {
    await writeUserNetworks(world.folders, before);
    throw error;
  }
}
