import { createHash } from "node:crypto";
import { formatCidr } from "../../model/address.ts";
import type { NetworkRules, OwnerRules, RuleSet } from "../../plan/desired.ts";
import { ruleTable } from "../ownership.ts";

/** A ruleset as `nft -f` takes it, with what tells later whether the kernel still has just this. */
export type RenderedRules = {
  readonly text: string;
  /** The name of an empty chain: nft lists no comment of a table in JSON before 1.0.7 (Debian 12 has 1.0.6). */
  readonly fingerprint: string;
  readonly count: number;
};

/** `table; delete table; table {}` in one transaction: Debian 12's nft has no `destroy`. */
const clear = ["inet", "bridge"]
  .map((family) => `table ${family} ${ruleTable}\ndelete table ${family} ${ruleTable}\n`)
  .join("");

export function renderRules(rules: RuleSet): RenderedRules {
  const forward = rules.networks.flatMap(forwardRules);
  const postrouting = rules.networks.flatMap(postroutingRules);
  const body = [
    chain("forward", "type filter hook forward priority filter; policy accept;", forward),
    chain("postrouting", "type nat hook postrouting priority srcnat; policy accept;", postrouting),
  ].join("");
  const frames = [sets(rules), ...rules.owners.map(ownerChain), guestChain(rules), checksumChain(rules)].join("");
  const hash = createHash("sha256").update(body).update(frames).digest("hex");
  const fingerprint = `made_${hash.slice(0, 16)}`;
  return {
    text: `${clear}table inet ${ruleTable} {\n\tchain ${fingerprint} {\n\t}\n${body}}\ntable bridge ${ruleTable} {\n${frames}}\n`,
    fingerprint,
    count: forward.length + postrouting.length + (frames.match(/^\t\t(?!type |elements )\S/gm)?.length ?? 0),
  };
}

export function renderNoRules(): string {
  return clear;
}

function chain(name: string, hook: string, rules: readonly string[]): string {
  const first = hook === "" ? "" : `\t\t${hook}\n`;
  return `\tchain ${name} {\n${first}${rules.map((rule) => `\t\t${rule}\n`).join("")}\t}\n`;
}

function forwardRules(network: NetworkRules): string[] {
  const on = `"${network.switch}"`;
  if (network.reach === "isolated") {
    return [`iifname ${on} oifname != ${on} drop`, `oifname ${on} iifname != ${on} drop`];
  }
  // A guest's MTU may be larger than the path's (a VPN as uplink): TCP then stalls where ICMP is filtered.
  return [
    `iifname ${on} tcp flags syn / syn,rst tcp option maxseg size set rt mtu`,
    `oifname ${on} tcp flags syn / syn,rst tcp option maxseg size set rt mtu`,
  ];
}

/** Outbound alone: a connection that comes in through a route keeps its own source, and its answers are not new. */
function postroutingRules(network: NetworkRules): string[] {
  if (network.reach !== "nat") return [];
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
function ownerChain({ owner, macs, addresses }: OwnerRules): string {
  const rules = [
    `ether saddr != ${listed(macs)} ether saddr @macs drop`,
    `arp saddr ip != ${listed(addresses)} arp saddr ip @addresses drop`,
    `ip saddr != ${listed(addresses)} ip saddr @addresses drop`,
    "accept",
  ];
  return chain(`owner${owner}`, "", rules);
}

/** Whoever is on the switch by an interface that is no port of ours may speak as nobody who is on one. */
function guestChain({ owners }: RuleSet): string {
  const ways = owners.flatMap(({ owner, interfaces }) => interfaces.map((name) => `"${name}" : goto owner${owner}`));
  return chain("guests", "type filter hook prerouting priority filter; policy accept;", [
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

function listed(elements: readonly string[]): string {
  return `{ ${elements.join(", ")} }`;
}

/**
 * A DHCP answer leaves with its UDP checksum still to be filled in by the hardware, which a container's end of a veth
 * never does: old clients drop it. Zero means "no checksum" (RFC 768) and all take it. Not on a tap: there the kernel
 * fills the sum in over what it finds, and a zero of ours would make it wrong.
 */
function checksumRule(network: NetworkRules): string {
  const subnet = formatCidr(network.subnet);
  return `ip saddr ${subnet} meta oifkind != "tun" udp sport 67 udp dport 68 udp checksum set 0`;
}
