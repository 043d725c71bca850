import type { WireCheck } from "../api/types.ts";
import { TarrError } from "../error.ts";
import { sameCidr } from "../model/address.ts";
import { formatCidr } from "../model/address.ts";
import { maskedUnit } from "../host/dnsmasq/supervisor.ts";
import { isReadOnly } from "../host/sysctl/forwarding.ts";
import { bridgesPassFirewall } from "../host/sysctl/reverse-path.ts";
import type { NetworkName } from "../model/names.ts";
import type { Network } from "../model/network.ts";
import type { Policy } from "../model/policy.ts";
import type { Desired } from "../plan/desired.ts";
import { prototypeTap } from "../plan/desired.ts";
import type { Observed, ObservedLink } from "../plan/observed.ts";
import { observedLinks } from "../plan/observed.ts";
import { same } from "../plan/compare.ts";
import { fail, pass, verdict, warn } from "./check.ts";
import { readClaims } from "./claims.ts";
import { clashNow } from "../plan/free-subnet.ts";
import { readDocument, readWanted } from "./documents.ts";
import { unknownGrantees } from "./grantees.ts";
import { checkLan, checkTwins } from "./lan-checks.ts";
import { desireFor } from "./reconcile.ts";
import { probeChecks } from "./probes.ts";
import type { Service } from "./service.ts";
import { wantedNow } from "./service.ts";
import { readTrial, readUndone } from "./trial-state.ts";
import { secondsLeft } from "./trial.ts";
import { checkVmware } from "./vmware-checks.ts";

/**
 * What the service can see of the switch, and then what a machine on it would: each check tells on its own, one failure
 * hides no other.
 */
export async function diagnose(service: Service): Promise<WireCheck[]> {
  const { world } = service;
  const [observed, now, policy, owned] = await Promise.all([
    world.host.observe(),
    wantedNow(world),
    service.policy(),
    readClaims(world.folders),
  ]);
  const desired = desireFor(world, now, { ...observed, owned });
  const links = new Map(observedLinks(observed).map((link) => [link.name, link]));
  const masked = await maskedUnits(now.networks);
  const running = now.networks.filter(({ name }) => !now.stopped.has(name));
  const checks = [
    await checkDocument(service),
    ...(await checkGrantees(policy)),
    ...(await checkApart(service)),
    ...(await checkTrial(service)),
    ...now.networks.flatMap((network) => {
      if (now.stopped.has(network.name)) return [warn("network-stopped", { network: network.name })];
      return checkNetwork(network, { policy, observed, desired, links, masked, networks: now.networks });
    }),
    checkTap0(now.networks, links),
    ...(await checkVmware(running, observed)),
    checkRules(desired, observed),
    await checkForwarding(desired, observed),
    ...checkNeighbours(observed),
    ...checkLan(world, { networks: now.networks, ports: now.ports, observed }),
    ...(await checkTwins(world, { splices: desired.splices, networks: running, ports: now.ports, links })),
    ...(await checkBridgeFilter(observed)),
    ...(await probeChecks(service, { observed, desired, now })),
  ];
  // Of a network that was deleted meanwhile nothing is wrong.
  const left = new Set<string>((await wantedNow(world)).networks.map(({ name }) => name));
  const isGone = ({ values }: WireCheck) =>
    now.networks.some(({ name }) => name === values["network"] && !left.has(name));
  return checks.filter((check) => !isGone(check));
}

type Around = {
  readonly policy: Policy;
  readonly observed: Observed;
  readonly desired: Desired;
  readonly links: ReadonlyMap<string, ObservedLink>;
  readonly masked: ReadonlyMap<NetworkName, string>;
  readonly networks: readonly Network[];
};

/** What is on trial, and why the last one was taken back: by the codes of their own sentences. */
async function checkTrial({ world }: Service): Promise<WireCheck[]> {
  const [trial, undone] = [await readTrial(world.folders), await readUndone(world.folders)];
  if (undone !== null) return [warn(undone.code, { ...undone.values })];
  if (trial === null) return [];
  return [warn("trial-running", { network: trial.network, seconds: String(secondsLeft(trial, world.trial)) })];
}

async function checkDocument(service: Service): Promise<WireCheck> {
  const path = service.world.folders.document;
  try {
    await readDocument(service.world.folders);
    return pass("document", { path });
  } catch (error) {
    if (!(error instanceof TarrError)) throw error;
    return fail("document", { path, line: error.values["line"] ?? "1" });
  }
}

async function checkGrantees(policy: Policy): Promise<WireCheck[]> {
  const unknown = await unknownGrantees(policy);
  return unknown.length === 0 ? [] : [warn("grantees", { names: unknown.join(", ") })];
}

/** What an administrator has written meanwhile may be what a user has: the document is not put into force then. */
async function checkApart(service: Service): Promise<WireCheck[]> {
  try {
    await readWanted(service.world.folders);
    return [];
  } catch (error) {
    const isClash = error instanceof TarrError && error.code === "network-clash";
    return isClash ? [fail("networks", { ...error.values })] : [];
  }
}

function checkNetwork(network: Network, around: Around): WireCheck[] {
  const values = { network: network.name, switch: network.switch, address: formatCidr(network.address) };
  const link = around.links.get(network.switch);
  if (link === undefined) return [fail("switch", values)];
  const service = around.observed.names.known ? around.observed.names.value.get(network.name) : undefined;
  const common = [verdict("switch", link.up, values), verdict("carrier", link.carrier, values)];
  if (network.reach === "bridged") return [...common, checkBridged(network, around)];
  return [
    ...common,
    verdict(
      "address",
      link.addresses.some((address) => sameCidr(address, network.address)),
      values,
    ),
    checkNames(network, { running: service?.running === true, unit: around.masked.get(network.name) }),
    checkSubnet(network, around),
  ];
}

function checkNames({ name: network }: Network, { running, unit }: { running: boolean; unit: string | undefined }) {
  if (!running && unit !== undefined) return fail("name-service-masked", { network, unit });
  return verdict("name-service", running, { network });
}

async function maskedUnits(networks: readonly Network[]): Promise<ReadonlyMap<NetworkName, string>> {
  const units = await Promise.all(networks.map(async ({ name }) => [name, await maskedUnit(name)] as const));
  return new Map(units.flatMap(([name, unit]) => (unit === null ? [] : [[name, unit] as const])));
}

function checkSubnet(network: Network, around: Around): WireCheck {
  const values = { network: network.name, address: formatCidr(network.address) };
  const clash = clashNow(network, around);
  if (clash === null) return pass("subnet", values);
  const { subnet, interface: by, proposed } = clash;
  return fail("subnet", { ...values, subnet, interface: by, proposed: proposed === null ? "…" : formatCidr(proposed) });
}

/** In a bridged network the LAN's servers give addresses and names, and the switch has none itself. */
function checkBridged({ name, switch: on, uplink }: Network, { desired, links }: Around): WireCheck {
  const splice = desired.splices.find((one) => one.switch === on);
  const joined = splice !== undefined && links.get(splice.interface)?.master === on;
  return verdict("bridged", joined, { network: name, switch: on, uplink: splice?.nic ?? uplink });
}

/** The prototype's own check: the tap exists and is on the switch. */
function checkTap0(networks: readonly Network[], links: ReadonlyMap<string, ObservedLink>): WireCheck {
  const on = networks[0]?.switch ?? "";
  const tap = links.get(prototypeTap);
  const values = { interface: prototypeTap, switch: on };
  if (tap === undefined) return fail("tap0", values);
  return tap.marked ? verdict("tap0", tap.master === on, values) : warn("tap0-foreign", values);
}

function checkRules(desired: Desired, observed: Observed): WireCheck {
  if (!observed.rules.known) return warn("rules-unknown", { reason: observed.rules.reason });
  const wanted = desired.rules.networks.length === 0 ? null : desired.rules;
  return verdict("rules", same(observed.rules.value, wanted), {});
}

/** Other firewalls that stand in machines' way: those that we pass, and those that only an administrator may change. */
function checkNeighbours({ neighbours }: Observed): WireCheck[] {
  if (!neighbours.known) return [];
  return neighbours.value.flatMap(({ by, family, table, chain, passes, closed }) => {
    if (by !== null && closed && !passes) return [fail("neighbour-closed", { by, table, chain })];
    if (by !== null) return [verdict("neighbour", passes, { by, table, chain })];
    return passes ? [] : [warn("firewall", { family, table, chain })];
  });
}

/** Frames between two machines of one switch then pass a chain that drops them, and that is not ours to change. */
async function checkBridgeFilter({ neighbours }: Observed): Promise<WireCheck[]> {
  if (!neighbours.known || !(await bridgesPassFirewall())) return [];
  const foreign = neighbours.value.find(({ by, hook, passes }) => by === null && hook === "forward" && !passes);
  if (foreign === undefined) return [];
  return [warn("bridge-filter", { table: foreign.table, chain: foreign.chain })];
}

async function checkForwarding(desired: Desired, observed: Observed): Promise<WireCheck> {
  if (!observed.forwarding.known) return warn("forwarding-unknown", { reason: observed.forwarding.reason });
  const forwarding = observed.forwarding.value;
  const missing = desired.forwarding.filter((name) => !forwarding.has(name));
  if (missing.length > 0 && (await isReadOnly())) return fail("sysctl", { interfaces: missing.join(", ") });
  return verdict("forwarding", missing.length === 0, { interfaces: missing.join(", ") });
}
