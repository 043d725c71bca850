import type { WireCheck } from "../api/types.ts";
import { TarrError } from "../error.ts";
import { sameCidr } from "../model/address.ts";
import { formatCidr } from "../model/address.ts";
import type { Network } from "../model/network.ts";
import type { Desired } from "../plan/desired.ts";
import { prototypeTap } from "../plan/desired.ts";
import type { Observed, ObservedLink } from "../plan/observed.ts";
import { observedLinks } from "../plan/observed.ts";
import { same } from "../plan/compare.ts";
import { clashOf, readDocument } from "./documents.ts";
import { desireFor } from "./reconcile.ts";
import type { Service } from "./service.ts";
import { wantedNow } from "./service.ts";

/** What the service can see of the switch. Each check tells on its own: one failure hides no other. */
export async function diagnose(service: Service): Promise<WireCheck[]> {
  const { world } = service;
  const [observed, now] = await Promise.all([world.host.observe(), wantedNow(world)]);
  const desired = desireFor(world, now, observed);
  const links = new Map(observedLinks(observed).map((link) => [link.name, link]));
  return [
    await checkDocument(service),
    ...now.networks.flatMap((network) => {
      if (now.stopped.has(network.name)) return [warn("network-stopped", { network: network.name })];
      return checkNetwork(network, { observed, desired, links, networks: now.networks });
    }),
    checkTap0(now.networks, links),
    checkRules(desired, observed),
    checkForwarding(desired, observed),
    ...checkNeighbours(observed),
  ];
}

type Around = {
  readonly observed: Observed;
  readonly desired: Desired;
  readonly links: ReadonlyMap<string, ObservedLink>;
  readonly networks: readonly Network[];
};

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

function checkNetwork(network: Network, around: Around): WireCheck[] {
  const values = { network: network.name, switch: network.switch, address: formatCidr(network.address) };
  const link = around.links.get(network.switch);
  if (link === undefined) return [fail("switch", values)];
  const clash = clashOf(network.address, around.observed, around.networks);
  const service = around.observed.names.known ? around.observed.names.value.get(network.name) : undefined;
  return [
    verdict("switch", link.up, values),
    verdict("carrier", link.carrier, values),
    verdict(
      "address",
      link.addresses.some((address) => sameCidr(address, network.address)),
      values,
    ),
    verdict("name-service", service?.running === true, values),
    clash === null ? pass("subnet", values) : fail("subnet", { ...values, ...clash }),
  ];
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
  return neighbours.value.flatMap(({ by, family, table, chain, passes }) => {
    if (by !== null) return [verdict("neighbour", passes, { by, table, chain })];
    return passes ? [] : [warn("firewall", { family, table, chain })];
  });
}

function checkForwarding(desired: Desired, observed: Observed): WireCheck {
  if (!observed.forwarding.known) return warn("forwarding-unknown", { reason: observed.forwarding.reason });
  const forwarding = observed.forwarding.value;
  const missing = desired.forwarding.filter((name) => !forwarding.has(name));
  return verdict("forwarding", missing.length === 0, { interfaces: missing.join(", ") });
}

function verdict(id: string, good: boolean, values: Record<string, string>): WireCheck {
  return { id, status: good ? "pass" : "fail", values };
}

function pass(id: string, values: Record<string, string>): WireCheck {
  return { id, status: "pass", values };
}

function warn(id: string, values: Record<string, string>): WireCheck {
  return { id, status: "warn", values };
}

function fail(id: string, values: Record<string, string>): WireCheck {
  return { id, status: "fail", values };
}
