import * as v from "valibot";
import { TarrError } from "../../error.ts";
import type { Line } from "../../model/line.ts";
import type { ObservedLink } from "../../plan/observed.ts";
import { mustRun } from "../command.ts";
import { burstOf, disciplineOf, isOurHandle } from "./render.ts";

const count = v.optional(v.number(), 0);
/** What we read of `tc -json qdisc show`. */
const shape = v.object({
  kind: v.string(),
  handle: v.string(),
  dev: v.string(),
  root: v.optional(v.boolean(), false),
  options: v.optional(
    v.object({
      // netem: seconds, and parts of one
      delay: v.optional(v.object({ delay: v.number(), jitter: count })),
      "loss-random": v.optional(v.object({ loss: v.number() })),
      // bytes per second: of netem in an object, of tbf plain
      rate: v.optional(v.union([v.number(), v.object({ rate: v.number() })])),
      burst: v.optional(v.number()),
    }),
  ),
});
type Discipline = v.InferOutput<typeof shape>;

/** Links as they are, with the lines that we made of some; a program more, but only where one is. */
export async function withLines(links: readonly ObservedLink[]): Promise<readonly ObservedLink[]> {
  if (links.every((link) => link.line === null)) return links;
  const lines = parseLines(await mustRun(["tc", "-json", "qdisc", "show"]));
  return links.map((link) => (link.line === null ? link : { ...link, line: lines.get(link.name) ?? null }));
}

/**
 * @param text what `tc -json qdisc show` printed
 * @returns by their interfaces the lines that carry our number; "altered" where somebody changed one
 */
export function parseLines(text: string): ReadonlyMap<string, Line | "altered"> {
  const parsed = v.safeParse(v.array(v.union([shape, v.looseObject({})])), text.trim() === "" ? [] : JSON.parse(text));
  if (!parsed.success) throw new TarrError("observe-failed", { what: "tc qdisc", reason: parsed.issues[0].message });
  const ours = parsed.output.filter((one): one is Discipline => "handle" in one && isOurHandle(String(one.handle)));
  return new Map(ours.map((one) => [one.dev, lineOf(one)]));
}

function lineOf({ kind, root, options = {} }: Discipline): Line | "altered" {
  const { delay, rate = 0, burst } = options;
  const line: Line = {
    delay: Math.round((delay?.delay ?? 0) * 1_000_000),
    jitter: Math.round((delay?.jitter ?? 0) * 1_000_000),
    loss: Math.round((options["loss-random"]?.loss ?? 0) * 10_000),
    rate: (typeof rate === "number" ? rate : rate.rate) * 8,
  };
  if (!root || kind !== disciplineOf(line)) return "altered";
  // tbf's burst is kept as a time, and comes back a little smaller than it was told.
  const isBurst = burst === undefined || Math.abs(burst - burstOf(line.rate)) < burstOf(line.rate) / 50;
  return kind === "tbf" && !isBurst ? "altered" : line;
}

/** Of `ip -details address`: an interface whose discipline may be one of ours. What it is, tc tells. */
export function hasDiscipline(qdisc: string | undefined): boolean {
  return qdisc === "netem" || qdisc === "tbf";
}
