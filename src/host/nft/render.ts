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
  const frames = chain(
    "checksum",
    "type filter hook postrouting priority filter; policy accept;",
    rules.networks.map(checksumRule),
  );
  const hash = createHash("sha256").update(body).update(frames).digest("hex");
  const fingerprint = `made_${hash.slice(0, 16)}`;
  return {
    text: `${clear}table inet ${ruleTable} {\n\tchain ${fingerprint} {\n\t}\n${body}}\ntable bridge ${ruleTable} {\n${frames}}\n`,
    fingerprint,
    count: forward.length + postrouting.length,
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
 * A DHCP answer leaves with its UDP checksum still to be filled in by the hardware, which a container's end of a veth
 * never does: old clients drop it. Zero means "no checksum" (RFC 768) and all take it. Not on a tap: there the kernel
 * fills the sum in over what it finds, and a zero of ours would make it wrong.
 */
function checksumRule(network: NetworkRules): string {
  const subnet = formatCidr(network.subnet);
  return `ip saddr ${subnet} meta oifkind != "tun" udp sport 67 udp dport 68 udp checksum set 0`;
}
