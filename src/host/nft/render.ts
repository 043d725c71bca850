import { createHash } from "node:crypto";
import { formatCidr } from "../../model/address.ts";
import type { NetworkRules, OwnerRules, RuleSet, VmwareRules } from "../../plan/desired.ts";
import { ruleTable } from "../ownership.ts";
import { cableChains } from "./cables.ts";
import { renderNetdev } from "./splice.ts";
import { chain, listed } from "./words.ts";

/** A ruleset as `nft -f` takes it, with what tells later whether the kernel still has just this. */
export type RenderedRules = {
  readonly text: string;
  /** The name of an empty chain: nft lists no comment of a table in JSON before 1.0.7 (Debian 12 has 1.0.6). */
  readonly fingerprint: string;
  readonly count: number;
};

/** `table; delete table; table {}` in one transaction: Debian 12's nft has no `destroy`. */
const clear = ["inet", "bridge", "netdev"]
  .map((family) => `table ${family} ${ruleTable}\ndelete table ${family} ${ruleTable}\n`)
  .join("");

export function renderRules(rules: RuleSet): RenderedRules {
  const forward = [...rules.networks.flatMap(forwardRules), ...closedRule(rules)];
  const postrouting = rules.networks.flatMap(postroutingRules);
  const body = [
    chain("forward", "type filter hook forward priority filter; policy accept;", forward),
    chain("postrouting", "type nat hook postrouting priority srcnat; policy accept;", postrouting),
  ].join("");
  const vmware = rules.vmware ?? [];
  const frames = [
    sets(rules),
    ...rules.owners.map(ownerChain),
    ...vmware.map(vmwareChain),
    guestChain(rules),
    checksumChain(rules),
    cableChains(rules),
  ].join("");
  const handed = renderNetdev(rules.splices, vmware);
  const hash = createHash("sha256").update(body).update(frames).update(handed).digest("hex");
  const fingerprint = `made_${hash.slice(0, 16)}`;
  return {
    text: `${clear}table inet ${ruleTable} {\n\tchain ${fingerprint} {\n\t}\n${body}}\ntable bridge ${ruleTable} {\n${frames}}\n${handed}`,
    fingerprint,
    count: forward.length + postrouting.length + countRules(frames) + countRules(handed),
  };
}

function countRules(tables: string): number {
  return tables.match(/^\t\t(?!type |elements )\S/gm)?.length ?? 0;
}

export function renderNoRules(): string {
  return clear;
}

function forwardRules(network: NetworkRules): string[] {
  const on = `"${network.switch}"`;
  const own = listed([formatCidr(network.subnet), ...network.lan]);
  if (network.reach === "isolated") {
    return [`iifname ${on} oifname != ${on} drop`, `oifname ${on} iifname != ${on} drop`];
  }
  // A guest's MTU may be larger than the path's (a VPN as uplink): TCP then stalls where ICMP is filtered.
  return [
    // A guest that speaks as somebody else is heard on its switch alone.
    `iifname ${on} oifname != ${on} ip saddr != ${own} drop`,
    `iifname ${on} tcp flags syn / syn,rst tcp option maxseg size set rt mtu`,
    `oifname ${on} tcp flags syn / syn,rst tcp option maxseg size set rt mtu`,
  ];
}

/** All switches are called so (model/document.ts). */
const switches = '"vswitch*"';

function closedRule({ closed }: RuleSet): string[] {
  return closed.length === 0
    ? []
    : [`iifname ${listed(closed.map((name) => `"${name}"`))} oifname != ${switches} drop`];
}

/** Outbound alone: a connection that comes in through a route keeps its own source, and its answers are not new. */
function postroutingRules(network: NetworkRules): string[] {
  // In proxy-arp those without a place on the LAN: their addresses are of the switch's own subnet.
  if (network.reach !== "nat" && network.reach !== "proxy-arp") return [];
  const subnet = formatCidr(network.subnet);
  return [`ip saddr ${subnet} ip daddr != ${subnet} oifname != "${network.switch}" masquerade`];
}

/** All MACs and addresses that belong to somebody: the machines on ports, and the switches themselves. */
function sets({ networks, owners }: RuleSet): string {
  const macs = [...networks.map(({ gateway }) => gateway.mac), ...owners.flatMap((one) => one.macs)];
  const addresses = [...networks.map(({ gateway }) => gateway.address), ...owners.flatMap((one) => one.addresses)];
  const set = (name: string, type: string, elements: readonly string[]) =>
    `\tset ${name} {\n\t\ttype ${type}\n\t\telements = ${listed(elements)}\n\t}\n`;
  return `${set("macs", "ether_addr", macs)}${set("addresses", "ipv4_addr", addresses)}`;
}

/**
 * What comes in from a user's machines. Their own addresses pass, and any that are nobody's: students give some by
 * hand. Somebody else's do not, nor the switch's: a guest must not take another's traffic, or everybody's.
 */
function ownerChain(rules: OwnerRules): string {
  return chain(`owner${rules.owner}`, "", [...nobodyElse(rules), "accept"]);
}

/**
 * What comes in from VMware's machines, of whichever user: that they take each other's place happens in VMware's own hub,
 * where no frame passes us.
 */
function vmwareChain({ interface: name, served, ...own }: VmwareRules): string {
  // Where the network has its server of addresses, what another one answers would be believed: from whichever port it comes.
  const answers = served ? ["udp", "udplite"].map((protocol) => `${protocol} dport 68 drop`) : [];
  return chain(name, "", [...nobodyElse(own), ...answers, "accept"]);
}

/** @param own what may be spoken as here; none, and everybody's is somebody else's */
function nobodyElse({ macs, addresses }: Pick<OwnerRules, "macs" | "addresses">): string[] {
  const but = (field: string, own: readonly string[]) => (own.length === 0 ? "" : `${field} != ${listed(own)} `);
  return [
    `${but("ether saddr", macs)}ether saddr @macs drop`,
    ...["arp saddr ip", "ip saddr"].map((field) => `${but(field, addresses)}${field} @addresses drop`),
  ];
}

/** Whoever is on the switch by an interface that is no port of ours may speak as nobody who is on one. */
function guestChain({ owners, vmware = [] }: RuleSet): string {
  const ways = [
    ...owners.flatMap(({ owner, interfaces }) => interfaces.map((name) => `"${name}" : goto owner${owner}`)),
    ...vmware.map(({ interface: name }) => `"${name}" : goto ${name}`),
  ];
  return chain("guests", "type filter hook prerouting priority filter; policy accept;", [
    // A tag of no network (802.1Q: priority alone): the receiver takes it off, and sees what the rules did not.
    ...["8021q", "8021ad"].map((tag) => `ether type ${tag} vlan id 0 drop`),
    // ARP and IPv4 behind LLC and SNAP (RFC 1042): Linux does not read it, others do.
    "@ll,112,48 0xaaaa03000000 drop",
    ...(ways.length === 0 ? [] : [`iifname vmap ${listed(ways)}`]),
    "ether saddr @macs drop",
    "arp saddr ip @addresses drop",
    "ip saddr @addresses drop",
  ]);
}

function checksumChain({ networks }: RuleSet): string {
  const hook = "type filter hook postrouting priority filter; policy accept;";
  return chain("checksum", hook, networks.map(checksumRule));
}

/**
 * A DHCP answer leaves with its UDP checksum still to be filled in by the hardware, which a container's end of a veth
 * never does: old clients drop it. Zero means "no checksum" (RFC 768) and all take it. Not on a tap, where the kernel
 * fills the sum in over what it finds, nor on the port of VMware, which does so too: a zero of ours would make it wrong.
 */
function checksumRule(network: NetworkRules): string {
  const subnet = formatCidr(network.subnet);
  return `ip saddr ${subnet} meta oifkind != "tun" oifname != "vmware*" udp sport 67 udp dport 68 udp checksum set 0`;
}
