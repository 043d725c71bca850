import type { WireCheck } from "../api/types.ts";
import { TarrError } from "../error.ts";
import { run } from "../host/command.ts";
import { observeLeases } from "../host/dnsmasq/leases.ts";
import { ruleTable } from "../host/ownership.ts";
import type { PortHolder, ServerPlace } from "../host/probe/holders.ts";
import type { StandIn, SwitchAnswers, SwitchProbe } from "../host/probe/switch.ts";
import type { Drop } from "../host/probe/trace.ts";
import type { Ipv4 } from "../model/address.ts";
import { formatCidr, hostAddress, subnetOf, subnetSize } from "../model/address.ts";
import type { Network } from "../model/network.ts";
import { pairOf } from "../model/pairs.ts";
import { addressOf } from "../model/port.ts";
import { same } from "../plan/compare.ts";
import type { Desired } from "../plan/desired.ts";
import type { Observed, ObservedLink, ObservedPeer } from "../plan/observed.ts";
import { observedLinks } from "../plan/observed.ts";
import { resolveReach, surroundings, uplinksOf } from "../plan/uplink.ts";
import { verdict } from "./check.ts";
import type { Wanted, World } from "./reconcile.ts";
import type { Service } from "./service.ts";
import { wantedNow } from "./service.ts";

/** Why a machine is not answered: each has a sentence and a remedy. */
export const causes = [
  "firewall",
  "firewall-out",
  "rules",
  "service",
  "port-held",
  "port-shared",
  "mute",
  "forwarding",
  "rp-filter",
  "route-back",
  "gateway-silent",
  "entrance",
  "unseen",
] as const;
type Cause = { readonly cause: (typeof causes)[number] } & Readonly<Record<string, string>>;

export type Seen = { readonly observed: Observed; readonly desired: Desired; readonly now: Wanted };

/** All that is known of one network when it is asked. */
type Case = {
  readonly world: World;
  readonly seen: Seen;
  readonly network: Network;
  readonly probe: SwitchProbe;
  readonly uplinks: readonly ObservedLink[];
};

/** What was found out as a machine on the switch. */
type Finding = { readonly answers: SwitchAnswers; readonly as: StandIn } | { readonly error: TarrError };

const askPatience = 900;
const tracePatience = 500;
const candidates = 4;

/** Every running network is asked as a machine on it would ask; where no answer comes, who is in the way. */
export async function probeChecks(service: Service, seen: Seen): Promise<WireCheck[]> {
  const cases = seen.now.networks.flatMap((network) => caseOf(service.world, seen, network));
  const found = await Promise.all(cases.map(async (one) => ({ one, finding: await ask(one) })));
  const peers = await service.world.host.peers().catch(() => []);
  const checks: WireCheck[] = [];
  // One after the other: what becomes of packets is told for one switch at a time.
  for (const { one, finding } of found) {
    try {
      checks.push(...(await judge(one, finding)));
      if ("error" in finding) continue;
      for (const way of waysOf(one, peers)) checks.push(...(await judgeWay(way, finding.as)));
    } catch (error) {
      if (await isThere(one)) throw error;
    }
  }
  return checks;
}

/** Its switch may go while it is asked about. */
async function isThere({ world, network }: Case): Promise<boolean> {
  return (await wantedNow(world)).networks.some(({ name }) => name === network.name);
}

type Way = Case & { readonly by: ObservedLink };

/** Somebody behind each other interface that machines are let out by: a router, or whom the host has spoken with there. */
function waysOf(one: Case, peers: readonly ObservedPeer[]): readonly Way[] {
  const { network, probe, seen, uplinks } = one;
  const { links, routes } = surroundings(seen.observed);
  const ways = new Set<string>(seen.desired.forwarding);
  const { reach } = resolveReach(network, uplinks);
  if (reach === "isolated") return [];
  const ours = new Set<string>(seen.now.networks.map((other) => other.switch));
  return links
    .filter(({ name }) => ways.has(name) && !ours.has(name) && !uplinks.some((uplink) => uplink.name === name))
    .flatMap((by) => {
      const router = routes.find((route) => route.interface === by.name && route.gateway !== null)?.gateway;
      const gateway = router ?? peers.find((peer) => peer.interface === by.name)?.address;
      return gateway === undefined ? [] : [{ ...one, by, uplinks: [by], probe: { ...probe, dhcp: false, gateway } }];
    });
}

/** Whoever does not answer the host itself either tells nothing. */
async function judgeWay(way: Way, as: StandIn): Promise<WireCheck[]> {
  const { network, probe, by } = way;
  const first = await way.world.probes.ask(probe, as, askPatience);
  const { answers, ...ends } = await lookAgain(way, { answers: first, as });
  if (answers.tcp === null) return [];
  const values = { network: network.name, gateway: probe.gateway ?? "", interface: by.name };
  if (answers.tcp) return [verdict("probe-way", true, values)];
  const why = await whyNoReach(way, ends);
  if (why.cause === "gateway-silent") return [];
  const behind = verdict("probe-way", false, { ...values, by: by.name, ...why });
  return [why.cause === "route-back" ? { ...behind, status: "warn" as const } : behind];
}

function caseOf(world: World, seen: Seen, network: Network): Case[] {
  const around = surroundings(seen.observed);
  const uplinks = uplinksOf(network, around, seen.now.networks);
  const { reach } = resolveReach(network, uplinks);
  const link = observedLinks(seen.observed).find((one) => one.name === network.switch);
  // A bridged switch has no address, and answers nobody.
  if (seen.now.stopped.has(network.name) || reach === "bridged" || link?.up !== true) return [];
  const defaults = around.routes.filter(({ to, gateway }) => to.prefix === 0 && gateway !== null);
  const way = defaults
    .filter((route) => uplinks.some(({ name }) => name === route.interface))
    .sort((one, other) => one.metric - other.metric)[0];
  const probe: SwitchProbe = {
    switch: network.switch,
    mac: world.macOf(network.switch),
    entrance: pairOf("carrier", network.switch).peer,
    address: network.address,
    name: `host.${network.domain}`,
    dhcp: network.dhcp,
    gateway: reach === "isolated" ? null : (way?.gateway ?? null),
  };
  return [{ world, seen, network, probe, uplinks }];
}

async function ask(one: Case): Promise<Finding> {
  const { world, probe } = one;
  try {
    const as = await world.probes.standIn(probe, await freeAddresses(one));
    return { as, answers: await world.probes.ask(probe, as, askPatience) };
  } catch (error) {
    if (error instanceof TarrError) return { error };
    throw error;
  }
}

/** Addresses that are nobody's by our own knowledge, from the subnet's end: by hand they are given from its beginning. */
async function freeAddresses({ world, seen, network }: Case): Promise<readonly Ipv4[]> {
  const leases = await observeLeases(`${world.folders.runtime}/dnsmasq`, network.name);
  const held = new Set<Ipv4>([
    network.address.address,
    ...seen.now.ports.filter((port) => port.network === network.name).map((port) => addressOf(port, network)),
    ...leases.map((lease) => lease.address),
  ]);
  const free: Ipv4[] = [];
  for (let host = subnetSize(network.address) - 2; host > 0 && free.length < candidates; host -= 1) {
    const address = hostAddress(network.address, host);
    if (!held.has(address)) free.push(address);
  }
  return free;
}

async function judge(one: Case, finding: Finding): Promise<WireCheck[]> {
  const { network, probe } = one;
  const values = { network: network.name, switch: network.switch, name: probe.name, gateway: probe.gateway ?? "" };
  if ("error" in finding) {
    const cause: Cause = { cause: "entrance", interface: finding.error.values["interface"] ?? probe.entrance };
    return [verdict("probe-arp", false, { ...values, ...cause })];
  }
  const { answers, ...ends } = await lookAgain(one, finding);
  const [arp, dhcp, dns, tcp] = [
    answers.arp ? {} : unseen(one),
    answers.dhcp === false ? await whyNoService(one, ends, 67) : {},
    answers.dns === false ? await whyNoService(one, ends, 53) : {},
    answers.tcp === false ? await whyNoReach(one, ends) : {},
  ];
  const reached = verdict("probe-tcp", answers.tcp === true, { ...values, ...tcp });
  // What only others can mend is told, and is no fault of this computer's.
  const isLan = "cause" in tcp && (tcp.cause === "gateway-silent" || tcp.cause === "route-back");
  return [
    verdict("probe-arp", answers.arp, { ...values, ...arp }),
    ...(answers.dhcp === null ? [] : [verdict("probe-dhcp", answers.dhcp, { ...values, ...dhcp })]),
    ...(answers.dns === null ? [] : [verdict("probe-dns", answers.dns, { ...values, ...dns })]),
    ...(answers.tcp === null ? [] : [isLan ? { ...reached, status: "warn" as const } : reached]),
  ];
}

/** What was not answered is asked once more, and followed on its way. */
async function lookAgain({ world, probe }: Case, { answers, as }: { answers: SwitchAnswers; as: StandIn }) {
  if (Object.values(answers).every((one) => one !== false)) return { answers, drops: [], astray: false };
  const again: SwitchAnswers[] = [];
  const before = await world.probes.pathDrops();
  const drops = await world.probes.trace({ switch: probe.switch, as }, async () => {
    again.push(await world.probes.ask(probe, as, tracePatience));
  });
  const [second] = again;
  const astray = (await world.probes.pathDrops()) > before;
  if (second === undefined) return { answers, drops, astray };
  const either = <T extends boolean | null>(one: T, other: T) => (one === false ? other : one);
  return {
    answers: {
      arp: either(answers.arp, second.arp),
      dhcp: either(answers.dhcp, second.dhcp),
      dns: either(answers.dns, second.dns),
      tcp: either(answers.tcp, second.tcp),
    },
    drops,
    astray,
  };
}

/** Where packets ended: in a firewall, or because they came by another way than answers would go. */
type Ends = { readonly drops: readonly Drop[]; readonly astray: boolean };

function ofFirewall({ drops }: Ends): Cause | null {
  const [drop] = drops;
  if (drop === undefined) return null;
  const { direction, ...place } = drop;
  if (drop.table === ruleTable) return { cause: "rules" };
  return { cause: direction === "to" ? "firewall-out" : "firewall", ...place };
}

function unseen({ network }: Case): Cause {
  return { cause: "unseen", network: network.name };
}

/** DHCP and DNS: a firewall, a dnsmasq that does not run, or another server in its place. */
async function whyNoService({ world, seen, network }: Case, ends: Ends, port: number): Promise<Cause> {
  const firewall = ofFirewall(ends);
  if (firewall !== null) return firewall;
  const { names } = seen.observed;
  const running = names.known && names.value.get(network.name)?.running === true;
  // Without its DNS port dnsmasq does not start at all.
  for (const wanted of running ? [port] : [port, 53]) {
    const place = { address: network.address.address, switch: network.switch };
    const holder = await world.probes.holder(wanted, place);
    if (holder === null) continue;
    const name = await holderName(holder);
    const values = { port: String(wanted), holder: name, at: holder.address, address: place.address };
    const setting = settingFor(name, place);
    return setting === null ? { cause: "port-held", ...values } : { cause: "port-shared", ...values, ...setting };
  }
  return { cause: running ? "mute" : "service", network: network.name };
}

type Setting = { readonly file: string; readonly setting: string; readonly then: string };

/** What to write for programs that are known, by their unit or their user. bind9's was tried with Debian's. */
function settingFor(name: string, { address, switch: on }: ServerPlace): Setting | null {
  switch (/^(?:bind|named|dnsmasq|unbound)(?=$|\.service$|@)/.exec(name)?.[0]) {
    case "bind":
    case "named":
      return {
        file: "/etc/bind/named.conf.options",
        setting: `listen-on { !${address}; any; }; listen-on-v6 { !fe80::/10; any; };`,
        then: "sudo systemctl reload named",
      };
    case "dnsmasq":
      return {
        file: "/etc/dnsmasq.d/tarr-steps.conf",
        setting: `bind-dynamic + except-interface=${on}`,
        then: "sudo systemctl restart dnsmasq",
      };
    case "unbound":
      return {
        file: "/etc/unbound/unbound.conf.d/tarr-steps.conf",
        setting: "server: interface: 127.0.0.1",
        then: "sudo systemctl restart unbound",
      };
    default:
      return null;
  }
}

async function whyNoReach(one: Case, ends: Ends): Promise<Cause> {
  const { world, seen, network, probe, uplinks } = one;
  const firewall = ofFirewall(ends);
  if (firewall !== null) return firewall;
  const ways = [network.switch, ...uplinks.map(({ name }) => name)];
  const { forwarding, rules } = seen.observed;
  const unforwarded = forwarding.known ? ways.filter((name) => !forwarding.value.has(name)) : [];
  if (unforwarded.length > 0) return { cause: "forwarding", interfaces: unforwarded.join(", ") };
  if (rules.known && !same(rules.value, seen.desired.rules)) return { cause: "rules" };
  if (ends.astray) return { cause: "rp-filter", interface: (await strictPath(one, ways)) ?? "all" };
  if (probe.gateway !== null && !(await world.probes.answersHost(probe.gateway, tracePatience))) {
    return { cause: "gateway-silent", gateway: probe.gateway };
  }
  if (network.reach === "routed") return { cause: "route-back", subnet: formatCidr(subnetOf(network.address)) };
  return unseen(one);
}

/** The strict one by which answers come: where they should come by, they would pass. */
async function strictPath({ world }: Case, ways: readonly string[]): Promise<string | undefined> {
  const strict = await world.probes.strictPaths();
  const others = strict.filter((name) => !ways.includes(name));
  return [...others, ...strict][0];
}

/** Its unit, or whoever runs it. */
export async function holderName({ unit, uid }: Pick<PortHolder, "unit" | "uid">): Promise<string> {
  return unit ?? userName(uid);
}

async function userName(uid: number): Promise<string> {
  const { code, stdout } = await run(["id", "-un", `+${uid}`]);
  return code === 0 ? stdout.trim() : String(uid);
}
