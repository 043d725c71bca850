import { TarrError } from "../error.ts";
import type { Document } from "../model/document.ts";
import type { NetworkName } from "../model/names.ts";
import { parseNetworkName } from "../model/names.ts";
import type { Network } from "../model/network.ts";
import type { Policy } from "../model/policy.ts";
import { settlePorts } from "../model/port.ts";
import type { Observed } from "../plan/observed.ts";
import { observedLinks } from "../plan/observed.ts";
import type { Plan } from "../plan/step.ts";
import { ensureDocument, policyReader, readDocument } from "./documents.ts";
import { log } from "./journal.ts";
import type { Learned } from "./learned.ts";
import { learnedPlaces } from "./learned.ts";
import type { Wanted, World } from "./reconcile.ts";
import { reconcile } from "./reconcile.ts";
import type { SingleFlight } from "./single-flight.ts";
import { singleFlight } from "./single-flight.ts";
import { readApplied, readJournal, readPorts, readStopped, writeApplied, writePorts } from "./state.ts";

/** What every request works with. */
export type Service = {
  readonly world: World;
  readonly flight: SingleFlight;
  readonly policy: () => Promise<Policy>;
  readonly version: string;
  readonly learned: Learned;
};

export function createService(world: World, version: string): Service {
  return {
    world,
    flight: singleFlight(),
    policy: policyReader(world.folders),
    version,
    learned: learnedPlaces(),
  };
}

/**
 * What is in force: the networks as last applied, whatever the document says by now. Before anything could be applied
 * (the first start failed) it is what the document asks for.
 */
export async function wantedNow(world: World): Promise<Wanted> {
  const [applied, ports, stopped] = await Promise.all([
    readApplied(world.folders),
    readPorts(world.folders),
    readStopped(world.folders),
  ]);
  if (applied !== null) return { networks: applied, ports, stopped };
  return { networks: (await readDocument(world.folders)).document.networks, ports, stopped };
}

/**
 * Puts networks into force. Ports whose address no longer fits get another one; nothing is unplugged.
 *
 * @throws what `reconcile` throws, with ports and networks as before
 */
export async function apply(world: World, networks: readonly Network[]): Promise<Plan> {
  const before = await wantedNow(world);
  refuseUnplugging(before, networks);
  const ports = networks.reduce((settled, network) => settlePorts(settled, network), before.ports);
  await writePorts(world.folders, ports);
  try {
    const wanted = { networks, ports, stopped: before.stopped };
    return await reconcile(world, wanted, () => writeApplied(world.folders, networks));
  } catch (error) {
    await writePorts(world.folders, before.ports);
    throw error;
  }
}

/** A network that is taken out of the document while machines are on it would unplug them. */
function refuseUnplugging(before: Wanted, networks: readonly Network[]): void {
  for (const gone of before.networks.filter((one) => !networks.some((network) => network.name === one.name))) {
    const names = before.ports.filter((port) => port.network === gone.name).map((port) => port.name);
    if (names.length > 0) throw new TarrError("network-in-use", { network: gone.name, names: names.join(", ") });
  }
}

/**
 * The service's first act. After a boot the document is put into force; after a restart of the service alone what was
 * in force stays so, pending changes included; after an interruption what was being done is done to its end.
 */
export async function start(service: Service): Promise<void> {
  const { world } = service;
  const observed = await world.host.observe();
  await ensureDocument(world.folders, observed);
  const applied = await readApplied(world.folders);
  const journal = await readJournal(world.folders);
  const networks = journal?.networks ?? (await networksAtStart(world, observed, applied));
  await apply(world, networks);
  const { ports } = await service.policy();
  // Nobody waits for it, and what fails is in the journal.
  void world.keepUsernet(await wantedNow(world), ports).catch(() => undefined);
}

async function networksAtStart(
  world: World,
  observed: Observed,
  applied: readonly Network[] | null,
): Promise<readonly Network[]> {
  const present = new Set(observedLinks(observed).map((link) => link.name));
  const isRestart = applied?.some((network) => present.has(network.switch)) ?? false;
  if (applied !== null && isRestart) return applied;
  try {
    const { networks } = (await readDocument(world.folders)).document;
    refuseUnplugging(await wantedNow(world), networks);
    return networks;
  } catch (error) {
    if (applied === null || !(error instanceof TarrError)) throw error;
    log("error", `the document is not usable (${error.message}); the last good one is in force`);
    return applied;
  }
}

/** @throws TarrError `name-invalid`, `network-unknown` */
export function findNetwork(document: Pick<Document, "networks">, name: string): Network {
  const wanted: NetworkName = parseNetworkName(name);
  const network = document.networks.find((one) => one.name === wanted);
  if (network !== undefined) return network;
  throw new TarrError("network-unknown", {
    network: wanted,
    known: document.networks.map((one) => one.name).join(", "),
  });
}
