import { describe, expect, test } from "bun:test";
import { codeOf } from "../../test/unit/thrown.ts";
import { changeLine, formatLine, isNormal, lineSettings, normalLine } from "./line.ts";

const settings = (text: string) =>
  text.split(" ").map((word) => {
    const at = word.indexOf("=");
    return { key: word.slice(0, at), value: word.slice(at + 1) };
  });
const line = (text: string, before = normalLine) => changeLine(before, settings(text));

describe("a line", () => {
  test("is told in numbers with their units, and told back in the same", () => {
    const bad = line("delay=50ms jitter=5ms loss=2% rate=10mbit");
    expect(bad).toEqual({ delay: 50_000, jitter: 5_000, loss: 200, rate: 10_000_000 });
    expect(formatLine(bad)).toBe("delay=50ms jitter=5ms loss=2% rate=10mbit");
  });

  test.each([
    ["delay=1us", "delay=1us"],
    ["delay=1.5ms", "delay=1.5ms"],
    ["delay=1500us", "delay=1.5ms"],
    ["delay=10s", "delay=10s"],
    ["loss=0.01%", "loss=0.01%"],
    ["loss=100%", "loss=100%"],
    ["rate=50kbit", "rate=50kbit"],
    ["rate=1.5mbit", "rate=1.5mbit"],
    ["rate=0.5gbit", "rate=500mbit"],
    ["rate=10gbit", "rate=10gbit"],
    // The kernel counts whole bytes.
    ["rate=50.001kbit", "rate=50kbit"],
  ])("%s is %s", (typed, told) => {
    expect(formatLine(line(typed))).toBe(told);
    // What is told back is what it was.
    expect(changeLine(normalLine, lineSettings(line(typed)))).toEqual(line(typed));
  });

  test("keeps what is not named; none is as usual again", () => {
    const slow = line("delay=50ms jitter=5ms rate=1mbit");
    expect(formatLine(line("loss=1%", slow))).toBe("delay=50ms jitter=5ms loss=1% rate=1mbit");
    expect(formatLine(line("delay=none jitter=none", slow))).toBe("rate=1mbit");
    expect(isNormal(line("delay=none jitter=none rate=none", slow))).toBe(true);
  });

  test.each([
    ...["delay=50", "delay=", "delay=-5ms", "delay=5 ms", "delay=5min", "delay=11s", "delay=0ms", "delay=1e3ms"].map(
      (typed) => [typed, "line-delay-invalid"] as const,
    ),
    ["jitter=5", "line-delay-invalid"],
    ...["loss=2", "loss=0%", "loss=101%", "loss=%", "loss=0.001%"].map(
      (typed) => [typed, "line-loss-invalid"] as const,
    ),
    ...["rate=10", "rate=10mbps", "rate=49kbit", "rate=11gbit", "rate=10constructor"].map(
      (typed) => [typed, "line-rate-invalid"] as const,
    ),
    ["jitter=5ms", "line-jitter-above"],
    ["delay=5ms jitter=6ms", "line-jitter-above"],
    ["speed=1mbit", "setting-unknown"],
    ["constructor=1", "setting-unknown"],
  ])("%s is refused: %s", (typed, code) => {
    expect(codeOf(() => line(typed))).toBe(code);
  });
});
