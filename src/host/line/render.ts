import { createHash } from "node:crypto";
import type { Line } from "../../model/line.ts";
import { formatLine, isNormal } from "../../model/line.ts";
import type { InterfaceName } from "../../model/names.ts";

/**
 * The number of the queueing discipline that makes a line: 7000 to 7fff are ours. The kernel gives numbers from 8000 on,
 * people small ones: somebody else's is left alone. Each line has its own: one that is told under the number of another
 * becomes a mixture of both (tc-netem keeps a rate that is not named), or is refused where its kind is another.
 */
function handleOf(line: Line): string {
  const hash = createHash("sha256").update(formatLine(line)).digest("hex");
  return `7${hash.slice(0, 3)}:`;
}

export function isOurHandle(handle: string): boolean {
  return /^7[0-9a-f]{3}:$/.test(handle);
}

/** Milliseconds of traffic that wait at a line of a limited rate, as in a home router, before frames are dropped. */
const queueTime = 100;
/** Frames that a line without a rate holds at most: ten seconds of a slow one, a tenth of one of a gigabit. */
const mostFrames = 10_000;
const leastFrames = 50;
const frameBytes = 1500;
/** What passes at once before the rate holds: one timer's tick of it (a 250th of a second), and a few frames at least. */
const leastBurst = 10_000;

/** tbf alone is in every kernel; what is late or lost takes netem, which is a module of its own. */
export function disciplineOf(line: Line): "netem" | "tbf" {
  return line.delay > 0 || line.loss > 0 ? "netem" : "tbf";
}

/** Lines for `tc -batch` (tc-netem(8), tc-tbf(8)): what goes to the machine goes through this. */
export function renderLine(name: InterfaceName, line: Line | null): string {
  if (line === null || isNormal(line)) return `qdisc delete dev ${name} root\n`;
  return `qdisc replace dev ${name} root handle ${handleOf(line)} ${renderDiscipline(line)}\n`;
}

export function renderDiscipline(line: Line): string {
  if (disciplineOf(line) === "tbf")
    return `tbf rate ${line.rate}bit burst ${burstOf(line.rate)} latency ${queueTime}ms`;
  // What is under way, and what waits.
  const microseconds = line.delay + queueTime * 1_000;
  const frames = line.rate === 0 ? mostFrames : Math.ceil((line.rate * microseconds) / 8_000_000 / frameBytes);
  return [
    `netem limit ${Math.min(mostFrames, Math.max(leastFrames, frames))}`,
    ...(line.delay > 0 ? [`delay ${line.delay}us ${line.jitter}us`] : []),
    ...(line.loss > 0 ? [`loss random ${line.loss / 100}%`] : []),
    ...(line.rate > 0 ? [`rate ${line.rate}bit`] : []),
  ].join(" ");
}

/** Bytes that may pass at once at this rate. */
export function burstOf(rate: number): number {
  return Math.max(leastBurst, Math.ceil(rate / 8 / 100));
}
