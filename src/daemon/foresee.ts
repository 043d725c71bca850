import { TarrError } from "../error.ts";
import { parseNetworkName } from "../model/names.ts";
import type { Network } from "../model/network.ts";
import { toSetting } from "../model/network.ts";
import type { Caller } from "../model/policy.ts";
import { mayAdminister } from "../model/policy.ts";
import type { Port } from "../model/port.ts";
import { claimHost, freeHost, interfaceOf, macOf } from "../model/port.ts";
import { settleLan } from "../plan/settle.ts";
import type { Asking } from "./access.ts";
import { requireNetwork, requireUser } from "./access.ts";
import { design } from "./network-list.ts";
import type { MacsAround } from "./ports.ts";
import { admitPort, claimMac, freeId, macsAround } from "./ports.ts";
import type { Service } from "./service.ts";
import { findNetwork, wantedNow } from "./service.ts";
import { readUserNetworks } from "./state.ts";
import { refuseDuringTrial } from "./trial.ts";
import { allNetworks, refuseBeside } from "./user-networks.ts";

/** Networks and ports that are to be made, all together, once others are deleted. */
export type ForeseeRequest = {
  readonly deletedNetworks: readonly string[];
  readonly deletedPorts: readonly string[];
  readonly networks: readonly {
    readonly network: string;
    readonly subnet?: string | null | undefined;
    readonly settings: readonly { readonly key: string; readonly value: string }[];
  }[];
  readonly ports: readonly WantedPort[];
};

type WantedPort = {
  readonly network: string;
  /** Null for one that takes any name. */
  readonly name?: string | null | undefined;
  readonly kind: string;
  readonly host?: number | null | undefined;
  readonly mac?: string | null | undefined;
};

/** What of a request would be refused: which of its networks, ports or deletions. */
export type Refusal = {
  readonly of: "network" | "port" | "deletion";
  readonly index: number;
  readonly error: TarrError;
};

/**
 * All that would be refused if these were made one after the other. Nothing is changed, and nothing kept for the caller: what
 * others do meanwhile can still be in the way.
 *
 * @throws TarrError `denied-use`, `trial-running`: then nothing at all can be made
 */
export async function foresee(service: Service, caller: Caller, request: ForeseeRequest): Promise<readonly Refusal[]> {
  const { world } = service;
  const policy = await service.policy();
  requireUser(caller, policy, "foresee");
  if (request.networks.length + request.deletedNetworks.length > 0) await refuseDuringTrial(world);
  const around = { service, asking: { caller, policy } };
  const before = await wantedNow(world);
  const left = before.ports.filter((port) => !request.deletedPorts.includes(port.id));
  const gone = new Set(request.deletedNetworks);
  const deletions = request.deletedNetworks.flatMap((name, index) =>
    refused("deletion", index, () => refuseDeletion({ networks: before.networks, ports: left }, name, around.asking)),
  );
  const made = await foreseeNetworks(around, gone, request);
  const networks = [...before.networks.filter(({ name }) => !gone.has(name)), ...made.networks];
  const ports = await foreseePorts(around, { networks, ports: left }, request);
  return [...deletions, ...made.refusals, ...ports];
}

type Around = { readonly service: Service; readonly asking: Asking };
type There = { readonly networks: readonly Network[]; readonly ports: readonly Port[] };

function refused(of: Refusal["of"], index: number, work: () => void): readonly Refusal[] {
  try {
    work();
    return [];
  } catch (error) {
    return [refusal(of, index, error)];
  }
}

function refusal(of: Refusal["of"], index: number, error: unknown): Refusal {
  if (!(error instanceof TarrError) || error.class === "bug") throw error;
  return { of, index, error };
}

function refuseDeletion({ networks, ports }: There, name: string, asking: Asking): void {
  const network = findNetwork({ networks }, name);
  requireNetwork(asking, network, `network delete ${name}`);
  const names = ports.filter((port) => port.network === name).map((port) => port.name);
  if (names.length > 0) throw new TarrError("network-in-use", { network: name, names: names.join(", ") });
}

async function foreseeNetworks(
  { service: { world }, asking }: Around,
  gone: ReadonlySet<string>,
  { networks: wanted }: ForeseeRequest,
): Promise<{ readonly networks: readonly Network[]; readonly refusals: readonly Refusal[] }> {
  const { caller, policy } = asking;
  const networks: Network[] = [];
  const refusals: Refusal[] = [];
  const own = (await readUserNetworks(world.folders)).filter(
    ({ owner, name }) => owner === caller.uid && !gone.has(name),
  );
  if (!mayAdminister(caller, policy) && own.length + wanted.length > policy.networks && wanted.length > 0) {
    const values = { user: caller.name, quota: String(policy.networks), held: String(own.length) };
    const error = new TarrError("lab-networks-many", { ...values, count: String(wanted.length) });
    refusals.push({ of: "network", index: Math.max(0, policy.networks - own.length), error });
  }
  const there = (await allNetworks(world)).filter(({ name }) => !gone.has(name));
  const owner = caller.uid === 0 ? null : caller.uid;
  for (const [index, { network, subnet = null, settings }] of wanted.entries()) {
    try {
      const all = [...there, ...networks];
      const order = { name: parseNetworkName(network), subnet, owner, all };
      const said = settings.map(({ key, value }) => toSetting(key, value));
      const designed = await design(world, { ...order, settings: said }, asking);
      await refuseBeside(world, designed, all);
      networks.push(designed);
    } catch (error) {
      refusals.push(refusal("network", index, error));
    }
  }
  return { networks, refusals };
}

/** Those that ask for a host part come first: the others take what is left. */
async function foreseePorts(
  { service, asking }: Around,
  there: There,
  { ports: wanted, networks: made }: ForeseeRequest,
): Promise<readonly Refusal[]> {
  const refusals = [...tooMany(there.ports, wanted, asking)];
  const ports = [...there.ports];
  const added = new Map<Port, number>();
  const around = await macsAround(service);
  const isFirm = ({ host = null }: WantedPort) => host !== null;
  const order = [...wanted.entries()].sort(([, one], [, other]) => Number(isFirm(other)) - Number(isFirm(one)));
  for (const [index, one] of order) {
    const isThere = there.networks.some(({ name }) => name === one.network);
    // Of a network that is refused that is told, not what would be on it.
    if (!isThere && made.some(({ network }) => network === one.network)) continue;
    try {
      const port = placePort({ ...there, ports }, one, { ...asking, around });
      ports.push(port);
      added.set(port, index);
    } catch (error) {
      refusals.push(refusal("port", index, error));
    }
  }
  const facts = { taken: new Set<never>(), leased: new Map<never, never>() };
  const isAsked = (port: Port) => [...added.keys()].some(({ id }) => id === port.id);
  const last = [...added.values()].at(-1) ?? 0;
  const full = refused("port", last, () => {
    settleLan(ports, { networks: there.networks, around, facts, isAsked });
  });
  return [...refusals, ...full].sort((one, other) => one.index - other.index);
}

function placePort(
  there: There,
  { network: on, name = null, kind, host = null, mac = null }: WantedPort,
  { caller, policy, around }: Asking & { readonly around: MacsAround },
): Port {
  const id = freeId(there.ports);
  // How many there are in all is told once, for the whole of the request.
  const open = { caller, policy: { ...policy, ports: Infinity } };
  const admitted = admitPort(there, { network: on, name: name ?? `x${id}`, kind }, open);
  const { network } = admitted;
  return {
    ...{ id, network: network.name, name: admitted.name, kind: admitted.kind, interface: interfaceOf(id) },
    mac: mac === null ? macOf(admitted.kind, [0, 0, 0]) : claimMac(there, { kind: admitted.kind, wanted: mac }, around),
    host: host === null ? freeHost(network, there.ports) : claimHost(network, there.ports, host),
    ...{ lan: null, owner: caller.uid },
  };
}

function tooMany(ports: readonly Port[], wanted: readonly WantedPort[], asking: Asking): readonly Refusal[] {
  const { caller, policy } = asking;
  const held = ports.filter((port) => port.owner === caller.uid).length;
  if (caller.uid === 0 || wanted.length === 0 || held + wanted.length <= policy.ports) return [];
  const values = { user: caller.name, quota: String(policy.ports), held: String(held), count: String(wanted.length) };
  const error = new TarrError("lab-ports-many", values);
  return [{ of: "port", index: Math.max(0, policy.ports - held), error }];
}
