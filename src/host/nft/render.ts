import { createHash } from "node:crypto";
import { formatCidr } from "../../model/address.ts";
import type { NetworkRules, OwnerRules, RuleSet } from "../../plan/desired.ts";
import { ruleTable } from "../ownership.ts";
import { renderSplices } from "./splice.ts";

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
  const forward = rules.networks.flatMap(forwardRules);
  const postrouting = rules.networks.flatMap(postroutingRules);
  const body = [
    chain("forward", "type filter hook forward priority filter; policy accept;", forward),
    chain("postrouting", "type nat hook postrouting priority srcnat; policy accept;", postrouting),
  ].join("");
  const frames = [
    sets(rules),
    ...rules.owners.map(ownerChain),
    guestChain(rules),
    checksumChain(rules),
    cableChains(rules),
  ].join("");
  const splices = renderSplices(rules.splices);
  const hash = createHash("sha256").update(body).update(frames).update(splices).digest("hex");
  const fingerprint = `made_${hash.slice(0, 16)}`;
  return {
    text: `${clear}table inet ${ruleTable} {\n\tchain ${fingerprint} {\n\t}\n${body}}\ntable bridge ${ruleTable} {\n${frames}}\n${splices}`,
    fingerprint,
    count: forward.length + postrouting.length + countRules(frames) + countRules(splices),
  };
}

function countRules(tables: string): number {
  return tables.match(/^\t\t(?!type |elements )\S/gm)?.length ?? 0;
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
    // A tag of no network (802.1Q: priority alone) around another: what is inside would be seen by the receiver only.
    ...["8021q", "8021ad"].map((tag) => `ether type ${tag} vlan id 0 vlan type { 8021q, 8021ad } drop`),
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

const largestFrame = 70_000;
const leastBurst = 1_500;

/** Only what is there: a user's cables change none of the other rules. */
function cableChains({ cables }: RuleSet): string {
  if (cables === undefined) return "";
  const { pulled, limits } = cables;
  const from = ({ interface: name, mac }: (typeof limits)[number]) =>
    name === null ? `ether saddr ${mac}` : `iifname "${name}"`;
  const limited = limits.map((one) => {
    // The kernel's bucket holds a second of the rate, and the burst beside it (nft_limit.c); a frame that a machine left to
    // its card to cut up comes as one, of 64 KiB.
    const bytes = one.rate / 8;
    const burst = Math.max(leastBurst, largestFrame - bytes);
    return `${from(one)} limit rate over ${bytes} bytes/second burst ${burst} bytes drop`;
  });
  const hook = (name: string) => `type filter hook ${name} priority filter; policy accept;`;
  const silent = (name: string, ways: readonly string[]) =>
    pulled.length === 0
      ? ""
      : chain(
          `pulled_${name}`,
          hook(name),
          ways.map((way) => `ether ${way} ${listed(pulled)} drop`),
        );
  return [
    limited.length === 0 ? "" : chain("limited", hook("prerouting"), limited),
    // Behind the place where a switch learns who is where: that must be known for the cable to be pulled.
    silent("forward", ["saddr", "daddr"]),
    silent("input", ["saddr"]),
    silent("output", ["daddr"]),
  ].join("");
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
