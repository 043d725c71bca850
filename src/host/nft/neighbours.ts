import type { Neighbour } from "../../plan/observed.ts";
import type { Argv } from "../command.ts";
import { commandFailure, mustRun, run } from "../command.ts";
import { ruleTable } from "../ownership.ts";
import type { Ruleset } from "./ruleset.ts";
import { listRuleset } from "./ruleset.ts";

/** By it we know our rules in others' chains again. iptables prints it as a comment of the rule. */
const mark = ruleTable.replace("_", "-");
/** /usr/lib/firewalld/zones/tarr-steps.xml */
const firewalldZone = "tarr-steps";
/** All switches are called so (model/document.ts); `-i vswitch+` in iptables' own words. */
const switches = '"vswitch*"';

/**
 * Firewalls of others through which our machines' packets go. A packet that is accepted in one table is still dropped by
 * the next (nft(8), verdict statements): where others drop what they do not know, only a rule in their own chain lets it
 * pass. Known are those whose rules are made by a program, which leaves a stranger's rule where it is, and says where:
 * iptables' tables (Docker, ufw), firewalld's. A chain that an administrator wrote is told by the doctor, and left alone.
 *
 * firewalld lets our switches pass by itself once it has read the zone that the package brings; from 2.1 on (Debian 13)
 * nobody else can put a rule into its table.
 */
export function findNeighbours({ chains, rules, closed }: Ruleset): readonly Neighbour[] {
  const names = new Set(chains.map((chain) => `${chain.table} ${chain.name}`));
  return chains.flatMap(({ family, table, name, type, hook, policy }): Neighbour[] => {
    if (type !== "filter" || (hook !== "input" && hook !== "forward") || table === ruleTable) return [];
    if (family !== "ip" && family !== "inet") return [];
    const own = rules.filter((rule) => rule.family === family && rule.table === table && rule.chain === name);
    const foreign = own.filter((rule) => rule.comment !== mark);
    // Without a rule, and with all let pass, it is in nobody's way.
    if (policy !== "drop" && foreign.length === 0) return [];
    const by = maker(family, table, names);
    if (by === "firewalld" && names.has(`firewalld filter_IN_${firewalldZone}`)) return [];
    if (by === null && policy !== "drop") return [];
    const needed = hook === "forward" ? 2 : 1;
    const passes = own.length - foreign.length === needed;
    return [{ family, table, chain: name, hook, by, passes, closed: closed.has(`${family} ${table}`) }];
  });
}

function maker(family: string, table: string, names: ReadonlySet<string>): Neighbour["by"] {
  if (family === "inet") return table === "firewalld" ? "firewalld" : null;
  if (table !== "filter") return null;
  if (names.has("filter DOCKER-USER")) return "Docker";
  return names.has("filter ufw-user-input") ? "ufw" : "iptables";
}

type Place = Pick<Neighbour, "family" | "table" | "chain" | "hook">;

const nft: Argv = ["nft", "-f", "-"];

/** At the head: what comes first decides. A chain that went away meanwhile is in nobody's way. */
export async function letPass(place: Place): Promise<void> {
  await stopPassing(place);
  const words = place.hook === "forward" ? ["iifname", "oifname"] : ["iifname"];
  const at = `${place.family} ${place.table} ${place.chain}`;
  const lines = words.map((word) => `insert rule ${at} ${word} ${switches} accept comment "${mark}"\n`);
  const result = await run(nft, { stdin: lines.join("") });
  if (result.code !== 0 && !result.stderr.includes("No such file or directory")) throw commandFailure(nft, result);
}

/** Takes our rules out of a chain of others. */
export async function stopPassing({ family, table, chain }: Pick<Place, "family" | "table" | "chain">): Promise<void> {
  const lines = await deletions((rule) => rule.family === family && rule.table === table && rule.chain === chain);
  if (lines !== "") await run(nft, { stdin: lines });
}

/** Takes our rules out of all chains of others, for the package's removal. */
export async function leaveNeighbours(): Promise<void> {
  const lines = await deletions((rule) => rule.table !== ruleTable);
  if (lines !== "") await mustRun(nft, { stdin: lines });
}

/** What takes our rules out of the chains of others that are meant; "" when none of ours is there. */
async function deletions(isMeant: (rule: Ruleset["rules"][number]) => boolean): Promise<string> {
  const { rules } = await listRuleset();
  return rules
    .filter((rule) => rule.comment === mark && isMeant(rule))
    .map(({ family, table, chain, handle }) => `delete rule ${family} ${table} ${chain} handle ${handle}\n`)
    .join("");
}
