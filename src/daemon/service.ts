import { TarrError } from "../error.ts";
import type { NetworkName } from "../model/names.ts";
import { parseNetworkName } from "../model/names.ts";
import type { Network } from "../model/network.ts";
import type { Policy } from "../model/policy.ts";
import type { Port } from "../model/port.ts";
import { settlePorts } from "../model/port.ts";
import { same } from "../plan/compare.ts";
import type { Observed } from "../plan/observed.ts";
import { observedLinks } from "../plan/observed.ts";
import type { IsAsked } from "../plan/settle.ts";
import { nobodyAsks } from "../plan/settle.ts";
import type { Plan } from "../plan/step.ts";
import { ensureDocument, policyReader, readWanted } from "./documents.ts";
import { log } from "./journal.ts";
import { portsWithoutLines } from "./lines.ts";
import type { Places } from "./lan.ts";
import { withLanAddresses } from "./lan.ts";
import type { Wanted, World } from "./reconcile.ts";
import { reconcile } from "./reconcile.ts";
import type { SingleFlight } from "./single-flight.ts";
import { singleFlight } from "./single-flight.ts";
import {
  readApplied,
  readJournal,
  readPorts,
  readStopped,
  readUserNetworks,
  writeApplied,
  writePorts,
  writeStopped,
} from "./state.ts";
import { inForce, readTrial } from "./trial-state.ts";

/** What every request works with. */
export type Service = {
  readonly world: World;
  readonly flight: SingleFlight;
  readonly policy: () => Promise<Policy>;
  readonly version: string;
};

export function createService(world: World, version: string): Service {
  return {
    world,
    flight: singleFlight(),
    policy: policyReader(world.folders),
    version,
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
  return { networks: (await readWanted(world.folders)).networks, ports, stopped };
}

/**
 * Puts networks into force. Ports whose address no longer fits get another one; nothing is unplugged.
 *
 * @param isAsked which ports must have their place on the LAN; if not said, those on networks that change by this
 * @throws what `reconcile` throws, with ports and networks as before
 */
export async function apply(world: World, networks: readonly Network[], isAsked: IsAsked | null = null): Promise<Plan> {
  const before = await wantedNow(world);
  refuseUnplugging(before, networks);
  const changed = networks.filter((one) => !before.networks.some((old) => same(old, one)));
  const onChanged: IsAsked = (port) => changed.some(({ name }) => name === port.network);
  const ports = await portsOn(world, { networks, ports: before.ports, isAsked: isAsked ?? onChanged });
  await writePorts(world.folders, ports);
  try {
    const wanted = { networks, ports, stopped: before.stopped };
    return await reconcile(world, wanted, async () => {
      await writeApplied(world.folders, networks);
      await forgetStopped(world, before.stopped, networks);
    });
  } catch (error) {
    await writePorts(world.folders, before.ports);
    throw error;
  }
}

/** Ports with their addresses on these networks: those that fit keep theirs. */
export function portsOn(world: World, { networks, ports, isAsked }: Places): Promise<readonly Port[]> {
  return withLanAddresses(world, { networks, ports: settled(networks, ports), isAsked });
}

export function settled(networks: readonly Network[], ports: readonly Port[]): readonly Port[] {
  return networks.reduce((all, network) => settlePorts(all, network), ports);
}

/** Another network that is given the name one day does not begin stopped. */
async function forgetStopped(world: World, before: Wanted["stopped"], networks: readonly Network[]): Promise<void> {
  const stopped = new Set([...before].filter((name) => networks.some((network) => network.name === name)));
  if (stopped.size < before.size) await writeStopped(world.folders, stopped);
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
  const trial = await readTrial(world.folders);
  const held = (await wantedNow(world)).ports;
  const tried = trial === null ? null : inForce(trial, { uptime: world.trial.uptime(), ports: held });
  const networks = tried ?? journal?.networks ?? (await networksAtStart(world, observed, applied));
  // A machine that gets no place on the LAN now is no reason to leave all others without their switches.
  await apply(world, networks, nobodyAsks).catch(async (error: unknown) => {
    const usual = portsWithoutLines((await wantedNow(world)).ports, error);
    if (usual === null) throw error;
    log("warning", "this kernel cannot make the lines of some ports: all are as usual again");
    await writePorts(world.folders, usual);
    await apply(world, networks, nobodyAsks);
  });
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
  if (applied !== null && isRestart) return withUserNetworks(applied, await readUserNetworks(world.folders));
  try {
    const { networks } = await readWanted(world.folders);
    refuseUnplugging(await wantedNow(world), networks);
    return networks;
  } catch (error) {
    if (applied === null || !(error instanceof TarrError)) throw error;
    const text = `the document is not usable (${error.message}); the last good one is in force`;
    log("error", text, { id: "document-unusable", fields: { CAUSE: error.code } });
    return applied;
  }
}

/** What users made or deleted is written down before it is done: a service that ended in between does it now. */
function withUserNetworks(applied: readonly Network[], ofUsers: readonly Network[]): readonly Network[] {
  const inForce = (one: Network) => applied.find(({ name, owner }) => owner !== null && name === one.name);
  return [...applied.filter(({ owner }) => owner === null), ...ofUsers.map((one) => inForce(one) ?? one)];
}

/** @throws TarrError `name-invalid`, `network-unknown` */
export function findNetwork(among: Pick<Wanted, "networks">, name: string): Network {
  const wanted: NetworkName = parseNetworkName(name);
  const network = among.networks.find((one) => one.name === wanted);
  if (network !== undefined) return network;
  throw new TarrError("network-unknown", {
    network: wanted,
    known: among.networks.map((one) => one.name).join(", "),
  });
}
