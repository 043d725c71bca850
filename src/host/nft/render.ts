import { createHash } from "node:crypto";
import { formatCidr } from "../../model/address.ts";
import type { NetworkRules, RuleSet } from "../../plan/desired.ts";
import { ruleTable } from "../ownership.ts";

/** A ruleset as `nft -f` takes it, with what tells later whether the kernel still has just this. */
export type RenderedRules = {
  readonly text: string;
  /** The name of an empty chain: nft lists no comment of a table in JSON before 1.0.7 (Debian 12 has 1.0.6). */
  readonly fingerprint: string;
  readonly count: number;
};

/** `table; delete table; table {}` in one transaction: Debian 12's nft has no `destroy`. */
const clear = `table inet ${ruleTable}\ndelete table inet ${ruleTable}\n`;

export function renderRules(rules: RuleSet): RenderedRules {
  const forward = rules.networks.flatMap(forwardRules);
  const postrouting = rules.networks.flatMap(postroutingRules);
  const checksum = rules.networks.map(checksumRule);
  const body = [
    chain("forward", "type filter hook forward priority filter; policy accept;", forward),
    chain("postrouting", "type nat hook postrouting priority srcnat; policy accept;", postrouting),
    chain("checksum", "type filter hook postrouting priority mangle; policy accept;", checksum),
  ].join("");
  const fingerprint = `made_${createHash("sha256").update(body).digest("hex").slice(0, 16)}`;
  return {
    text: `${clear}table inet ${ruleTable} {\n\tchain ${fingerprint} {\n\t}\n${body}}\n`,
    fingerprint,
    count: forward.length + postrouting.length + checksum.length,
  };
}

export function renderNoRules(): string {
  return clear;
}

function chain(name: string, hook: string, rules: readonly string[]): string {
  return `\tchain ${name} {\n\t\t${hook}\n${rules.map((rule) => `\t\t${rule}\n`).join("")}\t}\n`;
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

/**
 * A DHCP answer leaves with its UDP checksum still to be filled in by the hardware, which a tap does not have: old
 * clients drop it. Zero means "no checksum" (RFC 768) and all take it.
 */
function checksumRule(network: NetworkRules): string {
  return `oifname "${network.switch}" udp sport 67 udp dport 68 udp checksum set 0`;
}
