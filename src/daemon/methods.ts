import type { MethodName, Parameters, Reply, WireFinding, WirePort } from "../api/types.ts";
import { TarrError } from "../error.ts";
import { observeLeases } from "../host/dnsmasq/leases.ts";
import { errorText } from "../messages/messages.ts";
import type { Caller } from "../model/policy.ts";
import type { Port } from "../model/port.ts";
import { observedLinks } from "../plan/observed.ts";
import { diagnose } from "./diagnose.ts";
import { readDocument } from "./documents.ts";
import { pendingPlan, reload, setNetwork, setRunning } from "./networks.ts";
import { createPort, deletePort } from "./ports.ts";
import type { Service } from "./service.ts";
import { findNetwork, wantedNow } from "./service.ts";
import { userNames, wireNetwork, wirePort, wireSteps } from "./wire.ts";

/** Who asks: found out only by methods that need to know. */
export type Asking = { readonly caller: () => Promise<Caller> };

export type Handlers = {
  readonly [Name in MethodName]: (parameters: Parameters<Name>, asking: Asking) => Promise<Reply<Name>>;
};

/** Looking is free and waits for nobody; whatever changes the host goes through the single flight. */
export function handlers(service: Service): Handlers {
  const { flight } = service;
  const nameOf = userNames();
  const portsOf = (ports: readonly Port[]) => describePorts(service, ports, nameOf);
  return {
    GetStatus: () => status(service),
    ListPorts: async () => ({ ports: await portsOf((await wantedNow(service.world)).ports) }),
    CreatePort: async (request, { caller }) => {
      const who = await caller();
      const port = await flight(() => createPort(service, who, request));
      const [described] = await portsOf([port]);
      if (described === undefined) throw new TarrError("bug", { reason: "port without network" });
      return { port: described };
    },
    DeletePort: async ({ id }, { caller }) => {
      const who = await caller();
      await flight(() => deletePort(service, who, id));
      return {};
    },
    SetNetwork: async (request, { caller }) => {
      const who = await caller();
      const { network, plan, pending } = await flight(() => setNetwork(service, who, request));
      const observed = await service.world.host.glance();
      const now = await wantedNow(service.world);
      const inForce = request.dryRun ? network : findNetwork(now, network.name);
      const described = wireNetwork(inForce, { observed, ports: now.ports, wanted: network });
      return { network: described, steps: wireSteps(plan), pending };
    },
    GetPlan: async () => {
      const { plan, pending } = await pendingPlan(service);
      return { steps: wireSteps(plan), pending };
    },
    Reload: async (_, { caller }) => {
      const who = await caller();
      return { steps: wireSteps(await flight(() => reload(service, who))) };
    },
    StartNetwork: async ({ network }, { caller }) => {
      const who = await caller();
      return { steps: wireSteps(await flight(() => setRunning(service, who, { network, running: true }))) };
    },
    StopNetwork: async ({ network }, { caller }) => {
      const who = await caller();
      return { steps: wireSteps(await flight(() => setRunning(service, who, { network, running: false }))) };
    },
    Diagnose: async () => ({ checks: await diagnose(service) }),
  };
}

async function status(service: Service): Promise<Reply<"GetStatus">> {
  const { world } = service;
  const [observed, now, wanted] = await Promise.all([world.host.glance(), wantedNow(world), documentNetworks(service)]);
  const networks = now.networks.map((network) => {
    const inDocument = wanted.networks?.find((one) => one.name === network.name);
    return wireNetwork(network, { observed, ports: now.ports, wanted: inDocument });
  });
  const added = (wanted.networks ?? []).filter((one) => !now.networks.some((network) => network.name === one.name));
  const pending = added.length > 0 || networks.some((network) => network.pending);
  return { version: service.version, networks, pending, problem: wanted.problem };
}

async function documentNetworks(service: Service) {
  try {
    return { networks: (await readDocument(service.world.folders)).document.networks, problem: null };
  } catch (error) {
    if (!(error instanceof TarrError)) throw error;
    return { networks: null, problem: finding(error) };
  }
}

function finding(error: TarrError): WireFinding {
  return { code: error.code, values: { ...error.values }, text: errorText(error, "en").message };
}

async function describePorts(
  service: Service,
  ports: readonly Port[],
  nameOf: (uid: number) => Promise<string>,
): Promise<WirePort[]> {
  const { world } = service;
  const [observed, now] = await Promise.all([world.host.glance(), wantedNow(world)]);
  const links = new Map(observedLinks(observed).map((link) => [link.name, link]));
  const folder = `${world.folders.runtime}/dnsmasq`;
  const learned = await service.learned(now);
  const leases = new Map(
    await Promise.all(now.networks.map(async ({ name }) => [name, await observeLeases(folder, name)] as const)),
  );
  const described = ports.map(async (port) => {
    const network = now.networks.find((one) => one.name === port.network);
    if (network === undefined) return [];
    const ownerName = await nameOf(port.owner);
    return [wirePort(port, { network, links, learned, leases: leases.get(port.network) ?? [], ownerName })];
  });
  return (await Promise.all(described)).flat();
}
