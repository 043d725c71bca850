import { readFile } from "node:fs/promises";
import type { RuleSet } from "../../plan/desired.ts";
import type { Neighbour, ObservedRules } from "../../plan/observed.ts";
import { ruleTable } from "../ownership.ts";
import { findNeighbours } from "./neighbours.ts";
import { renderRules } from "./render.ts";
import type { Ruleset } from "./ruleset.ts";
import { listRuleset, targetsOf } from "./ruleset.ts";

export type ObservedFilter = { readonly rules: ObservedRules; readonly neighbours: readonly Neighbour[] };

/**
 * Our own packet rules, and the chains of others that stand in our machines' way: one program tells both.
 *
 * @param savedPath where the ruleset that we last set is kept, as JSON
 */
export async function observeFilter(savedPath: string): Promise<ObservedFilter> {
  const [ruleset, saved] = await Promise.all([listRuleset(), savedRules(savedPath)]);
  return { rules: judgeRules(ruleset, saved), neighbours: findNeighbours(ruleset) };
}

/** Whether our tables, of all that nft listed, are those that we made of these rules. */
export function judgeRules(ruleset: Ruleset, saved: RuleSet | null): ObservedRules {
  const chains = ruleset.chains.filter((chain) => chain.table === ruleTable);
  if (chains.length === 0) return null;
  if (saved === null) return "altered";
  const made = renderRules(saved);
  const rules = ruleset.rules.filter((rule) => rule.table === ruleTable);
  // Rules that hand frames over stay behind when the interface goes, and hand them to nobody when it is made again.
  const names = new Set<string>(saved.splices.flatMap(({ splice }) => [splice.peer, splice.nic]));
  const lost = rules.some((rule) => rule.family === "netdev" && targetsOf(rule).some((name) => !names.has(name)));
  const whole = chains.some((chain) => chain.name === made.fingerprint) && rules.length === made.count;
  return whole && !lost ? saved : "altered";
}

async function savedRules(path: string): Promise<RuleSet | null> {
  try {
    const saved = JSON.parse(await readFile(path, "utf8")) as RuleSet;
    // Written by us alone, and checked against the kernel by its fingerprint: a file that lies says "altered". But an
    // earlier version of ours knew less.
    const whole = [saved.owners, saved.splices, saved.closed, ...saved.networks.map(({ lan }) => lan)].every(
      Array.isArray,
    );
    return whole ? saved : null;
  } catch {
    return null;
  }
}
