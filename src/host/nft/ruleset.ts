import * as v from "valibot";
import { TarrError } from "../../error.ts";
import type { Argv } from "../command.ts";
import { mustRun } from "../command.ts";

const rulesetShape = v.object({
  nftables: v.array(
    v.object({
      chain: v.optional(
        v.object({
          family: v.string(),
          table: v.string(),
          name: v.string(),
          type: v.optional(v.string()),
          hook: v.optional(v.string()),
          policy: v.optional(v.string()),
        }),
      ),
      rule: v.optional(
        v.object({
          family: v.string(),
          table: v.string(),
          chain: v.string(),
          handle: v.number(),
          comment: v.optional(v.string()),
        }),
      ),
    }),
  ),
});

/** All packet rules of this host, of whomever: `hook` and `policy` of the chains that packets come to by themselves. */
export type Ruleset = {
  readonly chains: readonly NonNullable<Listed["chain"]>[];
  readonly rules: readonly NonNullable<Listed["rule"]>[];
};
type Listed = v.InferOutput<typeof rulesetShape>["nftables"][number];

const listing: Argv = ["nft", "-j", "list", "ruleset"];

export async function listRuleset(): Promise<Ruleset> {
  return parseRuleset(await mustRun(listing));
}

/** @throws TarrError `observe-failed` */
export function parseRuleset(text: string): Ruleset {
  const parsed = v.safeParse(rulesetShape, JSON.parse(text));
  if (!parsed.success) throw new TarrError("observe-failed", { what: "nft", reason: parsed.issues[0].message });
  return {
    chains: parsed.output.nftables.flatMap(({ chain }) => (chain === undefined ? [] : [chain])),
    rules: parsed.output.nftables.flatMap(({ rule }) => (rule === undefined ? [] : [rule])),
  };
}
