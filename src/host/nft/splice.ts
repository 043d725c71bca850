import { formatCidr } from "../../model/address.ts";
import type { SpliceRules } from "../../plan/splice.ts";
import type { VmwareRules } from "../../plan/desired.ts";
import { ruleTable } from "../ownership.ts";
import { chain, listed } from "./words.ts";

/** Nothing with a tag of another LAN passes: a trunk's other networks are none of our machines' business. */
const tagged = "ether type { 0x8100, 0x88a8 }";
/** 01:80:c2:00:00:0x is for whoever is at the end of the cable alone: spanning tree, 802.1X (IEEE 802.1Q §8.6.3). */
const forOne = "ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 accept";
const forAll = "ether daddr & 01:00:00:00:00:00 == 01:00:00:00:00:00";

/**
 * What passes between NICs and switches: one table of the netdev family. `fwd` sends a frame by another interface and
 * ends its way here, `dup` sends a copy (nft(8)).
 *
 * Without these rules nothing passes at all: a firewall that flushes all rules cuts machines off, and lets none of them
 * loose on the LAN.
 *
 * @returns "" where there is neither a splice nor VMware
 */
export function renderNetdev(splices: readonly SpliceRules[], vmware: readonly VmwareRules[]): string {
  if (splices.length + vmware.length === 0) return "";
  return `table netdev ${ruleTable} {\n${[...splices.map(renderOne), ...vmware.map(deafPeer)].join("")}}\n`;
}

/**
 * VMware hands each frame of a machine to the switch, as received, and sends it on to the wire as well (its module,
 * bridge.c). Behind the wire is the host: it would hear what the rules have just dropped.
 */
function deafPeer({ interface: name, peer }: VmwareRules): string {
  return chain(`${name}_deaf`, hook("ingress", peer, "drop"), ["drop"]);
}

function renderOne(rules: SpliceRules): string {
  const { switch: on, interface: name, peer, nic, mac } = rules.splice;
  const set = `@${on}`;
  const elements = rules.macs.length === 0 ? "" : `\t\telements = ${listed(rules.macs)}\n`;
  const ports = `\tset ${on} {\n\t\ttype ether_addr\n${elements}\t}\n`;
  const toGuests = [`${tagged} accept`, `ether daddr ${set} fwd to "${peer}"`, forOne, `${forAll} dup to "${peer}"`];
  return [
    ports,
    // From machines of ours to the host: they have heard it.
    chain(`${on}_arriving`, hook("ingress", nic, "accept"), [`ether saddr ${set} accept`, ...toGuests]),
    chain(`${on}_leaving`, hook("egress", nic, "accept"), [`ether saddr != ${mac} accept`, ...toGuests]),
    chain(`${on}_allowed`, hook("egress", name, "drop"), allowed(rules)),
    chain(`${on}_passing`, hook("ingress", peer, "drop"), [`fwd to "${nic}"`]),
    // The host lives on the NIC: on the switch it would take the LAN's router advertisements for a second network.
    chain(`${on}_deaf`, hook("ingress", on, "drop"), ["drop"]),
  ].join("");
}

/**
 * What machines may say to the LAN: IPv4, ARP and IPv6, untagged, each as itself. No server of addresses, no router, nobody
 * in the place of the host or of the gateway.
 */
function allowed({ splice, macs, subnets, reserved }: SpliceRules): string[] {
  const own = listed(subnets.map(formatCidr));
  const others = reserved.length === 0 ? [] : [listed(reserved)];
  if (macs.length === 0) return [];
  return [
    `ether saddr != @${splice.switch} drop`,
    // What follows looks behind the tag that the kernel took off, and would let the frame leave with it.
    `${tagged} drop`,
    // A client takes an answer from whichever port it comes.
    "udp sport { 67, 547 } drop",
    "udp dport { 68, 546 } drop",
    // Router advertisement and redirect (RFC 4861), and whoever says in a neighbour advertisement to be a router (§4.4).
    "icmpv6 type { 134, 137 } drop",
    "icmpv6 type 136 @th,32,8 & 0x80 == 0x80 drop",
    ...others.flatMap((list) => [`arp saddr ip ${list} drop`, `ip saddr ${list} drop`]),
    ...(subnets.length === 0
      ? ["ether type { ip, arp } accept"]
      : [
          // An address that is asked about before it is taken is asked for by nobody (RFC 5227), and so is one by DHCP.
          `arp saddr ip { 0.0.0.0, ${subnets.map(formatCidr).join(", ")} } accept`,
          `ip saddr ${own} accept`,
          "ip saddr 0.0.0.0 udp dport 67 accept",
        ]),
    // One whose headers do not tell what it carries does not match: what is above would not be seen in it (RFC 7113).
    "ether type ip6 meta l4proto != 255 accept",
  ];
}

function hook(where: "ingress" | "egress", device: string, policy: "accept" | "drop"): string {
  return `type filter hook ${where} device "${device}" priority filter; policy ${policy};`;
}
