import { randomBytes } from "node:crypto";
import { TarrError } from "../error.ts";
import { observeLeases } from "../host/dnsmasq/leases.ts";
import { releaseLease } from "../host/dnsmasq/release.ts";
import type { Ipv4 } from "../model/address.ts";
import { providerTraits } from "../model/machine.ts";
import type { Mac, PortId } from "../model/names.ts";
import { isMac, isPortId, isUnicast, parseMachineName, printable } from "../model/names.ts";
import type { Network } from "../model/network.ts";
import type { Caller, Policy } from "../model/policy.ts";
import type { Port, PortKind } from "../model/port.ts";
import {
  claimHost,
  freeHost,
  interfaceOf,
  isRefusedBy,
  macOf,
  portKinds,
  switchCapacity,
  vmwareCapacity,
} from "../model/port.ts";
import type { Asking } from "./access.ts";
import { requireNetwork, requireOwner, requireUser } from "./access.ts";
import { isElsewhere } from "../plan/macs.ts";
import type { ObservedPeer } from "../plan/observed.ts";
import type { Surroundings } from "../plan/uplink.ts";
import { surroundings } from "../plan/uplink.ts";
import { audit, log } from "./journal.ts";
import { withLanAddresses } from "./lan.ts";
import type { Wanted } from "./reconcile.ts";
import type { World } from "./reconcile.ts";
import { reconcile } from "./reconcile.ts";
import type { Service } from "./service.ts";
import { findNetwork, wantedNow } from "./service.ts";
import { writePorts } from "./state.ts";

export type PortRequest = {
  readonly network: string;
  readonly name: string;
  readonly kind: string;
  /** The MAC that the machine has already; without one it is given one. */
  readonly mac?: string | null | undefined;
  /** The host part of the address that it wants; without one it is given a free one. */
  readonly host?: number | null | undefined;
};

/** A port for the caller: MAC, address and name are its own until it is deleted. */
export async function createPort(service: Service, caller: Caller, request: PortRequest): Promise<Port> {
  const { world } = service;
  const policy = await service.policy();
  const now = await wantedNow(world);
  const { name, kind, network } = admitPort(now, request, { caller, policy });
  const id = freeId(now.ports);
  const port: Port = {
    id,
    network: network.name,
    name,
    kind,
    interface: interfaceOf(id),
    mac: await chooseMac(service, now, { kind, wanted: request.mac ?? null }),
    host: await chooseHost(service, now, { network, wanted: request.host ?? null }),
    lan: null,
    owner: caller.uid,
  };
  const after = await withLanAddresses(world, {
    networks: now.networks,
    ports: [...now.ports, port],
    isAsked: (one) => one.id === id,
  });
  await changePorts(service, now.ports, after);
  await letPlugIn(service, port, { before: now, after }).catch(async (error: unknown) => {
    await changePorts(service, after, now.ports);
    throw error;
  });
  audit(caller, `port create ${id} ${name} on ${network.name}`, "done");
  return after.find((one) => one.id === id) ?? port;
}

/**
 * Whether the caller may have such a port among these.
 *
 * @throws TarrError `name-invalid`, `denied-*`, `network-unknown`, `quota-ports`, `switch-full`, `name-taken`
 */
export function admitPort(
  { networks, ports }: Pick<Wanted, "networks" | "ports">,
  request: PortRequest,
  { caller, policy }: Asking,
): Pick<Port, "name" | "kind"> & { readonly network: Network } {
  const name = parseMachineName(request.name);
  const kind = parseKind(request.kind);
  requireUser(caller, policy, `port create ${name}`);
  const network = findNetwork({ networks }, request.network);
  if (network.owner !== null) requireNetwork({ caller, policy }, network, `port create ${name} on ${network.name}`);
  refuseMore(ports, { caller, policy, network, kind });
  const holder = ports.find((port) => port.network === network.name && port.name === name);
  if (holder !== undefined) throw new TarrError("name-taken", { name, network: network.name });
  return { name, kind, network };
}

export async function deletePort(service: Service, caller: Caller, id: string): Promise<void> {
  const now = await wantedNow(service.world);
  const port = now.ports.find((one) => one.id === id);
  if (port === undefined || !isPortId(id)) throw new TarrError("port-unknown", { port: id });
  requireOwner({ caller, policy: await service.policy() }, port, `port delete ${id}`);
  const after = now.ports.filter((one) => one !== port);
  await changePorts(service, now.ports, after);
  await forgetLease(service, now, port).catch((error: unknown) => log("warning", `lease of ${id}: ${String(error)}`));
  // Told in the journal; a line too many keeps nobody from anything.
  await letPlugIn(service, port, { before: now, after }).catch(() => undefined);
  audit(caller, `port delete ${id} ${port.name}`, "done");
}

/** The address is free for the next machine at once, not when its last one's lease ends. */
async function forgetLease({ world }: Service, now: Wanted, port: Port): Promise<void> {
  const network = now.networks.find((one) => one.name === port.network);
  if (network === undefined) return;
  const place = { folder: `${world.folders.runtime}/dnsmasq`, network: network.name, switch: network.switch };
  const lease = (await observeLeases(place.folder, network.name)).find((one) => one.mac === port.mac);
  if (lease !== undefined) await releaseLease(place, lease);
}

/** @throws TarrError `host-unusable`, `host-taken`, `range-full` */
async function chooseHost(
  service: Service,
  now: Wanted,
  { network, wanted }: { readonly network: Network; readonly wanted: number | null },
): Promise<number> {
  if (wanted !== null) return claimHost(network, now.ports, wanted);
  return freeHost(network, now.ports, await leasedAddresses(service, network));
}

/** Addresses that the DHCP server gives to nobody but their last machine, until their lease ends. */
async function leasedAddresses({ world }: Service, network: Network): Promise<ReadonlySet<Ipv4>> {
  const leases = await observeLeases(`${world.folders.runtime}/dnsmasq`, network.name);
  return new Set(leases.map((lease) => lease.address));
}

type Change = { readonly before: Wanted; readonly after: readonly Port[] };

async function letPlugIn(service: Service, port: Port, { before, after }: Change): Promise<void> {
  if (providerTraits[port.kind].joins !== "own-interface") return;
  const { ports: quota } = await service.policy();
  await service.world.keepUsernet({ ...before, ports: after }, quota);
}

/** The ports are written first: what is in the kernel and in no file would be taken for a leftover. */
export async function changePorts(service: Service, before: readonly Port[], after: readonly Port[]): Promise<void> {
  const { world } = service;
  await writePorts(world.folders, after);
  try {
    await reconcile(world, { ...(await wantedNow(world)), ports: after });
  } catch (error) {
    await writePorts(world.folders, before);
    throw error;
  }
}

function parseKind(text: string): PortKind {
  const kind = portKinds.find((one) => one === text);
  if (kind === undefined) throw new TarrError("provider-unknown", { value: text, known: portKinds.join(", ") });
  return kind;
}

function refuseMore(
  ports: readonly Port[],
  asking: { readonly caller: Caller; readonly policy: Policy; readonly network: Network; readonly kind: PortKind },
): void {
  const { caller, policy, network, kind } = asking;
  const own = ports.filter((port) => port.owner === caller.uid).length;
  if (caller.uid !== 0 && own >= policy.ports) {
    throw new TarrError("quota-ports", { user: caller.name, quota: String(policy.ports) });
  }
  // Refused before the kernel does: its "Exchange full" tells nobody what is full.
  const held = ports.filter((port) => port.network === network.name);
  if (held.length >= switchCapacity) {
    throw new TarrError("switch-full", { network: network.name, capacity: String(switchCapacity) });
  }
  if (kind === "vmware" && held.filter((port) => port.kind === kind).length >= vmwareCapacity) {
    throw new TarrError("vmware-full", { network: network.name, capacity: String(vmwareCapacity) });
  }
}

const idAlphabet = "abcdefghijklmnopqrstuvwxyz234567";

export function freeId(ports: readonly Port[]): PortId {
  for (;;) {
    const id = [...randomBytes(6)].map((byte) => idAlphabet[byte % idAlphabet.length]).join("");
    if (isPortId(id) && !ports.some((port) => port.id === id)) return id;
  }
}

async function chooseMac(
  service: Service,
  now: Wanted,
  { kind, wanted }: { readonly kind: PortKind; readonly wanted: string | null },
): Promise<Mac> {
  if (wanted === null) return freeMac(kind, now.ports);
  return claimMac(now, { kind, wanted }, await macsAround(service));
}

/** Whose MACs a machine may not have: those on this computer, and on its LAN. */
export type MacsAround = Surroundings & { readonly peers: readonly ObservedPeer[] } & Pick<World, "macOf">;

export async function macsAround({ world }: Service): Promise<MacsAround> {
  const [around, peers] = [surroundings(await world.host.glance()), await world.host.peers()];
  return { ...around, peers, macOf: world.macOf };
}

/**
 * The MAC that is asked for, among these ports.
 *
 * @throws TarrError `mac-unusable`, `mac-refused`, `mac-taken`, `mac-elsewhere`
 */
export function claimMac(
  now: Pick<Wanted, "networks" | "ports">,
  { kind, wanted }: { readonly kind: PortKind; readonly wanted: string },
  around: MacsAround,
): Mac {
  const mac = wanted.toLowerCase();
  const isSwitch = now.networks.some((network) => around.macOf(network.switch) === mac);
  if (!isMac(mac) || !isUnicast(mac) || isSwitch) throw new TarrError("mac-unusable", { value: printable(wanted) });
  if (isRefusedBy(kind, mac)) throw new TarrError("mac-refused", { value: mac, provider: kind });
  const holder = now.ports.find((port) => port.mac === mac);
  if (holder !== undefined) throw new TarrError("mac-taken", { value: mac, name: holder.name });
  const switches = new Set(now.networks.map((network) => network.switch));
  const claim = { mac, prefix: providerTraits[kind].macPrefix, switches };
  if (isElsewhere(claim, around)) throw new TarrError("mac-elsewhere", { value: mac });
  return mac;
}

function freeMac(kind: PortKind, ports: readonly Port[]): Mac {
  for (;;) {
    const [first = 0, second = 0, third = 0] = randomBytes(3);
    const mac = macOf(kind, [first, second, third]);
    if (!isRefusedBy(kind, mac) && !ports.some((port) => port.mac === mac)) return mac;
  }
}
