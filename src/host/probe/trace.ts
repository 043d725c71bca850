import { openLine, run } from "../command.ts";
import { traceTable } from "../ownership.ts";
import type { StandIn } from "./switch.ts";

/** Where a packet ended: which rule of which chain dropped it, or the chain's policy; coming from the switch or going to it. */
export type Drop = {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly rule: string;
  readonly direction: "from" | "to";
};

const startPatience = 500;
const lastWait = 100;

/**
 * Has the kernel tell what becomes of a stand-in's packets while `work` sends them again (nft(8), "meta nftrace"). In a
 * table of its own, for as long as this takes: rules of ours and of others stay as they are.
 */
export async function tracePackets(
  on: { readonly switch: string; readonly as: StandIn },
  work: () => Promise<unknown>,
): Promise<readonly Drop[]> {
  const line = openLine(["nft", "monitor"]);
  let said = "";
  line.output.on("data", (piece: Buffer) => (said += piece.toString()));
  line.output.on("error", () => undefined);
  try {
    await run(["nft", "-f", "-"], { stdin: renderTrace(on.switch, on.as) });
    // Until it tells of the table it does not listen yet.
    const end = performance.now() + startPatience;
    while (!said.includes(traceTable) && performance.now() < end) {
      await rest(20);
      if (!said.includes(traceTable)) await run(["nft", "-f", "-"], { stdin: renderTrace(on.switch, on.as) });
    }
    await work();
    await rest(lastWait);
  } finally {
    line.close();
    await run(["nft", "-f", "-"], { stdin: endTrace });
  }
  return readTrace(said, on.switch);
}

/** For whoever was interrupted. Also in a table's absence it does nothing and says nothing. */
export const endTrace = `table inet ${traceTable}\ndelete table inet ${traceTable}\n`;

function renderTrace(on: string, { mac, address }: StandIn): string {
  const [ours, theirs] = [`iifname "${on}" ether saddr ${mac}`, address === null ? "" : `ip daddr ${address}`];
  const offers = `oifname "${on}" udp sport 67 udp dport 68`;
  const chain = (hook: string, matches: readonly string[]) => {
    const rules = matches.filter((match) => match !== "").map((match) => `${match} meta nftrace set 1;`);
    return `chain ${hook} { type filter hook ${hook} priority -500; ${rules.join(" ")} }\n`;
  };
  const chains = [chain("prerouting", [ours]), chain("forward", [theirs]), chain("output", [theirs, offers])];
  return `${endTrace}table inet ${traceTable} {\n${chains.join("")}}\n`;
}

/** @param text what `nft monitor` printed */
export function readTrace(text: string, on: string): readonly Drop[] {
  const found = new Map<string, Drop>();
  const leaving = new Set<string>();
  for (const line of text.split("\n")) {
    const [, id = "", place = "", rest = ""] = /^trace id (\w+) (\S+ \S+ \S+) (.*)$/.exec(line) ?? [];
    if (rest.startsWith("packet:") && rest.includes(` oif "${on}"`)) leaving.add(id);
    const rule = ruleThatDrops(rest);
    if (rule === null || found.has(place)) continue;
    const [family = "", table = "", chain = ""] = place.split(" ");
    found.set(place, { family, table, chain, rule, direction: leaving.has(id) ? "to" : "from" });
  }
  return [...found.values()];
}

/** `rule tcp dport 80 drop (verdict drop)`, or `policy drop`. */
function ruleThatDrops(text: string): string | null {
  const [, rule] = /^(?:unknown )?rule (.*) \(verdict drop\)/.exec(text) ?? [];
  return rule ?? /^(?:policy|verdict) drop/.exec(text)?.[0] ?? null;
}

function rest(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
