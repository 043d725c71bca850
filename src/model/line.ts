import { TarrError } from "../error.ts";
import { printable } from "./names.ts";

/**
 * How good the line to a port's machine is; zero stands for "as good as the host is". A ping shows just these figures:
 * delay, jitter and loss are put on what reaches the machine, once for each round trip; the rate holds each way.
 */
export type Line = {
  /** Microseconds. */
  readonly delay: number;
  /** Microseconds by which a frame may come sooner or later. */
  readonly jitter: number;
  /** How many of 10 000 frames get lost. */
  readonly loss: number;
  /** Bits per second. */
  readonly rate: number;
};

export const lineKeys = ["delay", "jitter", "loss", "rate"] as const;
type LineKey = (typeof lineKeys)[number];
export type LineSetting = { readonly key: string; readonly value: string };

export const normalLine: Line = { delay: 0, jitter: 0, loss: 0, rate: 0 };

/** Ten seconds: what is later than that is lost to most programs anyway. */
const mostDelay = 10_000_000;
/** Below, one frame takes a quarter of a second; above, no line that a student has is faster. */
const leastRate = 50_000;
const mostRate = 10_000_000_000;

/**
 * The line with these settings; what is not named stays as it was.
 *
 * @throws TarrError `setting-unknown`, `line-delay-invalid`, `line-jitter-above`, `line-loss-invalid`, `line-rate-invalid`
 */
export function changeLine(line: Line, settings: readonly LineSetting[]): Line {
  const changed = settings.reduce(
    (before, { key, value }) => ({ ...before, [keyOf(key)]: parse(keyOf(key), value) }),
    line,
  );
  if (changed.jitter > changed.delay) {
    const [delay, jitter] = [formatTime(changed.delay), formatTime(changed.jitter)];
    throw new TarrError("line-jitter-above", { value: jitter, delay });
  }
  return changed;
}

/** What is not as usual, in the words that `changeLine` takes. */
export function lineSettings(line: Line): readonly LineSetting[] {
  return lineKeys.filter((key) => line[key] > 0).map((key) => ({ key, value: format(key, line[key]) }));
}

export function isNormal(line: Line): boolean {
  return lineKeys.every((key) => line[key] === 0);
}

export function formatLine(line: Line): string {
  return lineSettings(line)
    .map(({ key, value }) => `${key}=${value}`)
    .join(" ");
}

function keyOf(text: string): LineKey {
  const key = lineKeys.find((one) => one === text);
  if (key === undefined) throw new TarrError("setting-unknown", { key: printable(text), known: lineKeys.join(", ") });
  return key;
}

function parse(key: LineKey, text: string): number {
  if (text === "none") return 0;
  if (key === "loss") return parseLoss(text);
  return key === "rate" ? parseRate(text) : parseTime(text);
}

const timeUnits = { us: 1, ms: 1_000, s: 1_000_000 };
const rateUnits = { kbit: 1_000, mbit: 1_000_000, gbit: 1_000_000_000 };

function parseTime(text: string): number {
  const time = measure(text, timeUnits);
  if (time === null || time < 1 || time > mostDelay)
    throw new TarrError("line-delay-invalid", { value: printable(text) });
  return time;
}

function parseLoss(text: string): number {
  const loss = measure(text, { "%": 100 });
  if (loss === null || loss < 1 || loss > 10_000) throw new TarrError("line-loss-invalid", { value: printable(text) });
  return loss;
}

function parseRate(text: string): number {
  const rate = measure(text, rateUnits);
  if (rate === null || rate < leastRate || rate > mostRate)
    throw new TarrError("line-rate-invalid", { value: printable(text) });
  // The kernel counts whole bytes.
  return rate - (rate % 8);
}

/** A number and its unit, without a blank: null for anything else. Rounded to the smallest unit. */
function measure(text: string, units: Readonly<Record<string, number>>): number | null {
  const [, number = "", unit = ""] = /^(\d{1,6}(?:\.\d{1,3})?)([a-z%]+)$/.exec(text) ?? [];
  const scale = Object.hasOwn(units, unit) ? units[unit] : undefined;
  return scale === undefined ? null : Math.round(Number(number) * scale);
}

function format(key: LineKey, value: number): string {
  if (key === "loss") return `${value / 100}%`;
  return key === "rate" ? formatRate(value) : formatTime(value);
}

function formatTime(time: number): string {
  if (time >= 1_000_000 && time % 1_000 === 0) return `${time / 1_000_000}s`;
  return time >= 1_000 ? `${time / 1_000}ms` : `${time}us`;
}

function formatRate(rate: number): string {
  const inUnit = (unit: keyof typeof rateUnits) => `${Number((rate / rateUnits[unit]).toFixed(3))}${unit}`;
  if (rate >= 1_000_000_000) return inUnit("gbit");
  return rate >= 1_000_000 ? inUnit("mbit") : inUnit("kbit");
}
