import type { MethodName, Parameters, Reply, WireFinding, WirePort, WireTrial } from "../api/types.ts";
import { TarrError } from "../error.ts";
import { observeLeases } from "../host/dnsmasq/leases.ts";
import { errorText } from "../messages/messages.ts";
import { printable } from "../model/names.ts";
import type { Network } from "../model/network.ts";
import type { Caller } from "../model/policy.ts";
import { mayAdminister, mayUse } from "../model/policy.ts";
import type { Port } from "../model/port.ts";
import type { ClashAround } from "../plan/free-subnet.ts";
import { clashNow, clashOf } from "../plan/free-subnet.ts";
import { surroundings } from "../plan/uplink.ts";
import { observedLinks } from "../plan/observed.ts";
import { nicOf } from "../plan/splice.ts";
import { setPort } from "./cables.ts";
import type { Tell } from "./captures.ts";
import { capturing } from "./captures.ts";
import { diagnose } from "./diagnose.ts";
import { readWanted } from "./documents.ts";
import { foresee } from "./foresee.ts";
import { unknownGrantees } from "./grantees.ts";
import { givenUp } from "./given-up.ts";
import { createNetwork, deleteNetwork } from "./network-list.ts";
import { pendingPlan, reload, setNetwork, setRunning } from "./networks.ts";
import { createPort, deletePort } from "./ports.ts";
import type { Service } from "./service.ts";
import { findNetwork, wantedNow } from "./service.ts";
import type { Trial } from "./trial-state.ts";
import { readTrial, readUndone } from "./trial-state.ts";
import { confirm, refuseDuringTrial, secondsLeft } from "./trial.ts";
import type { NetworkSurroundings } from "./wire.ts";
import { userNames, wireNetwork, wirePort, wireSteps } from "./wire.ts";

/** Who asks: found out only by methods that need to know. */
export type Asking = {
  readonly caller: () => Promise<Caller>;
  /** Tells a part of an answer before its end, where the method has such answers. */
  readonly tell: Tell;
  /** Whether who asks has gone meanwhile: what is made for nobody is in everybody's way. */
  readonly isGone: () => boolean;
};

export type Handlers = {
  readonly [Name in MethodName]: (parameters: Parameters<Name>, asking: Asking) => Promise<Reply<Name>>;
};

/** Looking is free and waits for nobody; whatever changes the host goes through the single flight. */
export function handlers(service: Service): Handlers {
  const { flight } = service;
  const nameOf = userNames();
  const diagnosis = shared(() => diagnose(service));
  const portsOf = (ports: readonly Port[]) => describePorts(service, ports, nameOf);
  const described = async (one: Port) => {
    const [port] = await portsOf([one]);
    if (port === undefined) throw new TarrError("bug", { reason: "port without network" });
    return { port };
  };
  const capture = capturing(service);
  return {
    GetStatus: () => status(service, nameOf),
    GetQuotas: async () => {
      const { memory, disk } = await service.policy();
      return { memory, disk };
    },
    ListNetworks: async () => ({ networks: (await wantedNow(service.world)).networks.map(({ name }) => name) }),
    ListPorts: async () => ({ ports: await portsOf((await wantedNow(service.world)).ports) }),
    CreatePort: (request, asking) => newPort(service, { ...asking, described }, request),
    Foresee: async (request, { caller }) => {
      const refusals = await foresee(service, await caller(), request);
      return {
        refusals: refusals.map(({ of, index, error }) => {
          const { message, hint } = errorText(error, "en");
          return { of, index, code: error.code, values: { ...error.values }, message, hint };
        }),
      };
    },
    DeletePort: async ({ id }, { caller }) => {
      const who = await caller();
      await flight(() => deletePort(service, who, id));
      return {};
    },
    SetPort: async ({ id, up = null, reset, settings }, { caller }) => {
      const who = await caller();
      const port = await flight(() => setPort(service, who, { id, up, reset, settings }));
      return described(port);
    },
    Capture: async ({ id, count = null, seconds = null }, { caller, tell }) =>
      capture(await caller(), { id, count, seconds }, tell),
    ...networkHandlers(service, nameOf),
    GetRights: async (_, { caller }) => {
      const [who, policy] = await Promise.all([caller(), service.policy()]);
      return {
        user: who.name,
        mayUse: mayUse(who, policy),
        mayAdminister: mayAdminister(who, policy),
        use: [...policy.use],
      };
    },
    Diagnose: async () => ({ checks: await diagnosis() }),
  };
}

type Gone = { readonly isGone: () => boolean; readonly what: string };

/** A command that was killed while it waited in the row: nobody would know of what it asked for. */
async function unlessGone<T>(gone: Gone, make: () => Promise<T>): Promise<T> {
  if (gone.isGone()) throw goneError(gone);
  return make();
}

function goneError({ what }: Gone): TarrError {
  return new TarrError("caller-gone", { what: printable(what) });
}

type PortReply = Reply<"CreatePort">;
type PortAsking = Asking & { readonly described: (port: Port) => Promise<PortReply> };

/** A command may also be killed while its port is made: then that is given back. */
async function newPort(
  service: Service,
  { caller, isGone, described }: PortAsking,
  request: Parameters<"CreatePort">,
): Promise<PortReply> {
  const who = await caller();
  const gone = { isGone, what: `port ${request.name}` };
  const port = await service.flight(() => unlessGone(gone, () => createPort(service, who, request)));
  const reply = await described(port);
  if (!isGone()) return reply;
  await service.flight(() => deletePort(service, who, port.id));
  throw goneError(gone);
}

/** Whoever asks while it is being found out gets the same answer: nobody has the doctor's packets sent in a stream. */
function shared<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () => {
    running ??= work().finally(() => {
      running = null;
    });
    return running;
  };
}

type NetworkMethod = Extract<MethodName, `${string}Network` | "Confirm" | "GetPlan" | "Reload">;

function networkHandlers(service: Service, nameOf: NameOf): Pick<Handlers, NetworkMethod> {
  const { flight } = service;
  const described = async (network: Network, wanted: Network) => {
    const [observed, now] = await Promise.all([service.world.host.glance(), wantedNow(service.world)]);
    return describeNetwork(service, { ...now, network, wanted, observed }, nameOf);
  };
  /** A second change would make it unclear what is tried, and what an undo goes back to. */
  const change = <T>(work: () => Promise<T>) =>
    flight(async () => {
      await refuseDuringTrial(service.world);
      return work();
    });
  return {
    CreateNetwork: async ({ subnet = null, ...rest }, { caller, isGone }) => {
      const who = await caller();
      const make = () => createNetwork(service, who, { ...rest, subnet });
      const { network, plan } = await change(() => unlessGone({ isGone, what: `network ${rest.network}` }, make));
      const left = [...(await givenUp(service.world, network))];
      return { network: await described(network, network), steps: wireSteps(plan), left };
    },
    DeleteNetwork: async ({ network }, { caller }) => {
      const who = await caller();
      return { steps: wireSteps(await change(() => deleteNetwork(service, who, network))) };
    },
    SetNetwork: async (request, { caller }) => {
      const who = await caller();
      const { network, plan, pending, also, moved } = await (request.dryRun ? flight : change)(() =>
        setNetwork(service, who, request),
      );
      const now = await wantedNow(service.world);
      const inForce = request.dryRun ? network : findNetwork(now, network.name);
      const trial = await trialNow(service);
      const reply = { steps: wireSteps(plan), pending, trial, also: [...also], moved: [...moved] };
      return { network: await described(inForce, network), ...reply };
    },
    Confirm: async (_, { caller }) => {
      const who = await caller();
      const trial = await flight(() => confirm(service, who));
      return { trial: await describeTrial(service, trial) };
    },
    GetPlan: async () => {
      const { plan, pending, moved } = await pendingPlan(service);
      return { steps: wireSteps(plan), pending, moved: [...moved] };
    },
    Reload: async (_, { caller }) => {
      const who = await caller();
      const { plan, moved } = await flight(() => reload(service, who));
      const unknown = [...(await unknownGrantees(await service.policy()))];
      return { steps: wireSteps(plan), trial: await trialNow(service), unknown, moved: [...moved] };
    },
    StartNetwork: async ({ network }, { caller }) => {
      const who = await caller();
      return { steps: wireSteps(await change(() => setRunning(service, who, { network, running: true }))) };
    },
    StopNetwork: async ({ network }, { caller }) => {
      const who = await caller();
      return { steps: wireSteps(await change(() => setRunning(service, who, { network, running: false }))) };
    },
  };
}

type NameOf = (uid: number) => Promise<string>;

type Described = Pick<NetworkSurroundings, "observed" | "ports" | "wanted"> & {
  readonly network: Network;
  readonly networks: readonly Network[];
};

async function describeNetwork(service: Service, { network, networks, ...around }: Described, nameOf: NameOf) {
  const owner = network.owner === null ? null : await nameOf(network.owner);
  const clash = await clashOn(service, network, { observed: around.observed, networks });
  return wireNetwork(network, { ...around, owner, clash, rivals: service.world.lan.rivals() });
}

/** The document is read for its policy only where there is a clash: status is asked for often. */
async function clashOn(service: Service, network: Network, around: Omit<ClashAround, "policy">) {
  if (clashOf(network.address, around.observed, around.networks) === null) return null;
  return clashNow(network, { ...around, policy: await service.policy() });
}

async function status(service: Service, nameOf: NameOf): Promise<Reply<"GetStatus">> {
  const { world } = service;
  const [observed, now, wanted] = await Promise.all([world.host.glance(), wantedNow(world), writtenNetworks(service)]);
  const [trial, undone] = await Promise.all([trialNow(service), readUndone(world.folders)]);
  const networks = await Promise.all(
    now.networks.map((network) => {
      // What is tried is not written, and is not to be called a change of it that is not in force yet.
      const isTried = network.name === trial?.network;
      const written = isTried ? undefined : wanted.networks?.find((one) => one.name === network.name);
      return describeNetwork(service, { ...now, network, wanted: written, observed }, nameOf);
    }),
  );
  const added = (wanted.networks ?? []).filter((one) => !now.networks.some((network) => network.name === one.name));
  const pending = added.length > 0 || networks.some((network) => network.pending);
  const told = undone === null ? null : finding(undone);
  return {
    version: service.version,
    computer: world.computer,
    networks,
    pending,
    problem: wanted.problem,
    trial,
    undone: told,
  };
}

async function trialNow(service: Service): Promise<WireTrial | null> {
  const trial = await readTrial(service.world.folders);
  return trial === null ? null : describeTrial(service, trial);
}

async function describeTrial({ world }: Service, trial: Trial): Promise<WireTrial> {
  const { network: name, after } = trial;
  const network = after.find((one) => one.name === name);
  const nic = network === undefined ? null : nicOf(network, surroundings(await world.host.glance()), after);
  const left = secondsLeft(trial, world.trial);
  return { network: name, reach: network?.reach ?? "", uplink: nic?.name ?? null, left };
}

async function writtenNetworks(service: Service) {
  try {
    return { networks: (await readWanted(service.world.folders)).networks, problem: null };
  } catch (error) {
    if (!(error instanceof TarrError)) throw error;
    return { networks: null, problem: finding(error) };
  }
}

function finding(error: Pick<TarrError, "code" | "values">): WireFinding {
  return { code: error.code, values: { ...error.values }, text: errorText(error, "en").message };
}

async function describePorts(service: Service, ports: readonly Port[], nameOf: NameOf): Promise<WirePort[]> {
  const { world } = service;
  const [observed, now] = await Promise.all([world.host.glance(), wantedNow(world)]);
  const links = new Map(observedLinks(observed).map((link) => [link.name, link]));
  const folder = `${world.folders.runtime}/dnsmasq`;
  const learned = await world.learned(now);
  const leases = new Map(
    await Promise.all(
      now.networks.map(
        async ({ name, reach }) =>
          [name, reach === "bridged" ? world.seen.leases() : await observeLeases(folder, name)] as const,
      ),
    ),
  );
  const described = ports.map(async (port) => {
    const network = now.networks.find((one) => one.name === port.network);
    if (network === undefined) return [];
    const ownerName = await nameOf(port.owner);
    return [wirePort(port, { network, links, learned, leases: leases.get(port.network) ?? [], ownerName })];
  });
  return (await Promise.all(described)).flat();
}
