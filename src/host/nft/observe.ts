import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { TarrError } from "../../error.ts";
import type { RuleSet } from "../../plan/desired.ts";
import type { ObservedRules } from "../../plan/observed.ts";
import type { Argv } from "../command.ts";
import { commandFailure, run } from "../command.ts";
import { ruleTable } from "../ownership.ts";
import { renderRules } from "./render.ts";

const listShape = v.object({
  nftables: v.array(
    v.object({ chain: v.optional(v.object({ name: v.string() })), rule: v.optional(v.object({ chain: v.string() })) }),
  ),
});

/** @param savedPath where the ruleset that we last set is kept, as JSON */
export async function observeRules(savedPath: string): Promise<ObservedRules> {
  const argv: Argv = ["nft", "-j", "list", "table", "inet", ruleTable];
  const result = await run(argv);
  if (result.code !== 0) {
    if (result.stderr.includes("No such file or directory")) return null;
    throw commandFailure(argv, result);
  }
  return judgeRules(result.stdout, await savedRules(savedPath));
}

/** Whether the table that nft listed is the one that we made of these rules. */
export function judgeRules(listing: string, saved: RuleSet | null): ObservedRules {
  const parsed = v.safeParse(listShape, JSON.parse(listing));
  if (!parsed.success) throw new TarrError("observe-failed", { what: "nft", reason: parsed.issues[0].message });
  const chains = parsed.output.nftables.flatMap((item) => (item.chain === undefined ? [] : [item.chain.name]));
  const count = parsed.output.nftables.filter((item) => item.rule !== undefined).length;
  if (saved === null) return "altered";
  const made = renderRules(saved);
  return chains.includes(made.fingerprint) && count === made.count ? saved : "altered";
}

async function savedRules(path: string): Promise<RuleSet | null> {
  try {
    const saved = JSON.parse(await readFile(path, "utf8")) as RuleSet;
    // Written by us alone, and checked against the kernel by its fingerprint: a file that lies says "altered". But an
    // earlier version of ours knew less.
    return Array.isArray(saved.owners) ? saved : null;
  } catch {
    return null;
  }
}
