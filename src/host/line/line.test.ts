import { describe, expect, test } from "bun:test";
import { recorded } from "../../../test/unit/recorded.ts";
import { codeOf } from "../../../test/unit/thrown.ts";
import type { Line } from "../../model/line.ts";
import { changeLine, normalLine } from "../../model/line.ts";
import { interfaceName } from "../../model/names.ts";
import { parseLines } from "./observe.ts";
import { disciplineOf, isOurHandle, renderDiscipline, renderLine } from "./render.ts";

const port = interfaceName("ts0");
const line = (text: string): Line =>
  changeLine(
    normalLine,
    text.split(" ").map((word) => ({ key: word.split("=")[0] ?? "", value: word.split("=")[1] ?? "" })),
  );

describe("what tc is told", () => {
  test.each([
    ["delay=50ms", "netem limit 10000 delay 50000us 0us"],
    ["delay=50ms jitter=5ms", "netem limit 10000 delay 50000us 5000us"],
    ["loss=2.5%", "netem limit 10000 loss random 2.5%"],
    // What is under way and a tenth of a second that waits, in frames.
    [
      "delay=50ms jitter=5ms loss=2% rate=10mbit",
      "netem limit 125 delay 50000us 5000us loss random 2% rate 10000000bit",
    ],
    ["delay=1ms rate=100kbit", "netem limit 50 delay 1000us 0us rate 100000bit"],
    ["rate=10mbit", "tbf rate 10000000bit burst 12500 latency 100ms"],
    ["rate=50kbit", "tbf rate 50000bit burst 10000 latency 100ms"],
    ["rate=10gbit", "tbf rate 10000000000bit burst 12500000 latency 100ms"],
  ])("%s", (text, told) => {
    expect(renderDiscipline(line(text))).toBe(told);
  });

  test("a line as usual is none; each other has a number of its own, and it is one of ours", () => {
    expect(renderLine(port, null)).toBe("qdisc delete dev ts0 root\n");
    expect(renderLine(port, normalLine)).toBe("qdisc delete dev ts0 root\n");
    const handles = ["rate=1mbit", "rate=2mbit", "delay=1ms"].map(
      (text) => /^qdisc replace dev ts0 root handle (\S+) /.exec(renderLine(port, line(text)))?.[1] ?? "",
    );
    expect(new Set(handles).size).toBe(3);
    expect(handles.filter((handle) => !isOurHandle(handle))).toEqual([]);
    expect(["1:", "8001:", "0:", "7:", "70000:"].filter(isOurHandle)).toEqual([]);
  });

  test("a rate alone needs no netem", () => {
    expect(["rate=1mbit", "loss=1%", "delay=1ms rate=1mbit"].map((text) => disciplineOf(line(text)))).toEqual([
      "tbf",
      "netem",
      "netem",
    ]);
  });
});

describe("what tc told on Debian's kernel", () => {
  const all = JSON.parse(recorded("tc-qdisc.json")) as { dev: string }[];
  const lines = parseLines(JSON.stringify(all));

  test("is what it was told", () => {
    const said = Object.fromEntries(lines);
    expect(said).toEqual({
      delay: line("delay=50ms"),
      jitter: line("delay=50ms jitter=20ms"),
      loss: line("loss=20%"),
      all: line("delay=50ms jitter=5ms loss=2% rate=10mbit"),
      rate: line("delay=10ms rate=1mbit"),
      alone: line("rate=1mbit"),
    });
  });

  test("says when it was altered: another kind under our number, not at the root, another burst", () => {
    const alone = all.find(({ dev }) => dev === "alone");
    const altered = (change: object) => parseLines(JSON.stringify([{ ...alone, ...change }])).get("alone");
    expect(altered({})).toEqual(line("rate=1mbit"));
    expect(altered({ root: false })).toBe("altered");
    expect(altered({ kind: "netem" })).toBe("altered");
    expect(altered({ options: { rate: 125_000, burst: 20_000 } })).toBe("altered");
  });

  test("somebody else's is none of ours, and what is no such list is an error", () => {
    expect(
      parseLines('[{"kind":"netem","handle":"8001:","dev":"eth0","root":true,"options":{"limit":1000}}]').size,
    ).toBe(0);
    expect(parseLines("").size).toBe(0);
    expect(codeOf(() => parseLines("{}"))).toBe("observe-failed");
  });
});
