import type { StepOf } from "../../plan/step.ts";

type Splice = Omit<StepOf<"splice">, "kind">;

/**
 * Lines for `tc -batch` (tc-u32(8), tc-mirred(8)): what comes out of the pair for the host, and what is for all, comes in
 * at the NIC, as from its cable. nft's netdev family does all the rest, but cannot do this: its `fwd` only sends.
 *
 * The far end of the pair has the NIC's MAC, so that the kernel takes these frames for its own.
 */
export function renderSplice({ interface: peer, nic, mac }: Splice): string {
  const filter = `filter add dev ${peer} ingress protocol all`;
  return [
    `qdisc replace dev ${peer} clsact`,
    `${filter} prio 1 u32 match ether dst ${mac} action mirred ingress redirect dev ${nic}`,
    // The group bit of the destination's first byte (IEEE 802).
    `${filter} prio 2 u32 match u16 0x0100 0x0100 at -14 action mirred ingress mirror dev ${nic} pass`,
    "",
  ].join("\n");
}

/** What `tc filter show` tells of such filters, without its numbers; the same for tc of Debian 12 and 13. */
export function shownSplice({ nic, mac }: Pick<Splice, "nic" | "mac">): readonly string[] {
  const digits = mac.replaceAll(":", "");
  return [
    `match 0000${digits.slice(0, 4)}/0000ffff at -16`,
    `match ${digits.slice(4)}/ffffffff at -12`,
    `mirred (Ingress Redirect to device ${nic}) stolen`,
    "match 00000100/00000100 at -16",
    `mirred (Ingress Mirror to device ${nic}) pass`,
  ];
}
