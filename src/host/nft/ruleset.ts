import * as v from "valibot";
import { TarrError } from "../../error.ts";
import type { Argv } from "../command.ts";
import { mustRun } from "../command.ts";

const rulesetShape = v.object({
  nftables: v.array(
    v.object({
      table: v.optional(v.object({ family: v.string(), name: v.string(), flags: v.optional(v.unknown()) })),
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
          expr: v.optional(v.array(v.unknown())),
        }),
      ),
    }),
  ),
});

/** All packet rules of this host, of whomever: `hook` and `policy` of the chains that packets come to by themselves. */
export type Ruleset = {
  readonly chains: readonly NonNullable<Listed["chain"]>[];
  readonly rules: readonly NonNullable<Listed["rule"]>[];
  /** Tables that the kernel lets nobody but their makers change, as "FAMILY NAME". */
  readonly closed: ReadonlySet<string>;
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
  const tables = parsed.output.nftables.flatMap(({ table }) => (table === undefined ? [] : [table]));
  return {
    closed: new Set(tables.filter(({ flags }) => isOwned(flags)).map(({ family, name }) => `${family} ${name}`)),
    chains: parsed.output.nftables.flatMap(({ chain }) => (chain === undefined ? [] : [chain])),
    rules: parsed.output.nftables.flatMap(({ rule }) => (rule === undefined ? [] : [rule])),
  };
}

/** One flag is a word, several are a list. */
function isOwned(flags: unknown): boolean {
  return flags === "owner" || (Array.isArray(flags) && flags.includes("owner"));
}

const handingShape = v.object({
  fwd: v.optional(v.object({ dev: v.string() })),
  dup: v.optional(v.object({ addr: v.string() })),
});

/** The interfaces that a rule hands frames to. One that is gone is told by its number, which is no name of any. */
export function targetsOf(rule: Ruleset["rules"][number]): readonly string[] {
  return (rule.expr ?? []).flatMap((expression) => {
    const parsed = v.safeParse(handingShape, expression);
    if (!parsed.success) return [];
    return [parsed.output.fwd?.dev, parsed.output.dup?.addr].filter((name) => name !== undefined);
  });
}
