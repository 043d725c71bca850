import type { RuleSet } from "../../plan/desired.ts";
import { chain, listed } from "./words.ts";

const largestFrame = 70_000;
const leastBurst = 1_500;

const hook = (name: string) => `type filter hook ${name} priority filter; policy accept;`;

/** Only what is there: a user's cables change none of the other rules. */
export function cableChains({ cables }: RuleSet): string {
  if (cables === undefined) return "";
  const { pulled, limits, shared = [] } = cables;
  const from = ({ interface: name, mac }: (typeof limits)[number]) =>
    name === null ? `ether saddr ${mac}` : `iifname "${name}"`;
  const limited = limits.map((one) => `${from(one)} ${above(one.rate)} drop`);
  const toShared = shared.flatMap(({ interface: name, mac, loss, rate }) => {
    const to = `oifname "${name}" ether daddr ${mac}`;
    return [
      ...(loss === 0 ? [] : [`${to} numgen random mod 10000 < ${loss} drop`]),
      ...(rate === 0 ? [] : [`${to} ${above(rate)} drop`]),
    ];
  });
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
    toShared.length === 0 ? "" : chain("shared", hook("postrouting"), toShared),
    // Behind the place where a switch learns who is where: that must be known for the cable to be pulled.
    silent("forward", ["saddr", "daddr"]),
    silent("input", ["saddr"]),
    silent("output", ["daddr"]),
  ].join("");
}

/**
 * The kernel's bucket holds a second of the rate, and the burst beside it (nft_limit.c); a frame that a machine left to its
 * card to cut up comes as one, of 64 KiB.
 *
 * @param rate bits per second
 */
function above(rate: number): string {
  const bytes = rate / 8;
  const burst = Math.max(leastBurst, largestFrame - bytes);
  return `limit rate over ${bytes} bytes/second burst ${burst} bytes`;
}
