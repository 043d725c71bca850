import { describe, expect, test } from "bun:test";
import type { Named } from "./machine-names.ts";
import { freeName, meantBy, shownName } from "./machine-names.ts";
import { isMachineName, parseMachineName } from "./names.ts";

const placeOf = (lab: string, machine: string) => ({ lab: parseMachineName(lab), machine: parseMachineName(machine) });
const made = (name: string, lab: string | null, machine = name): Named => ({
  ...{ name, provider: "qemu", lab: lab === null ? null : placeOf(lab, machine) },
});

describe("a name that is free for a lab's machine", () => {
  test.each([
    [[], "router"],
    [["router"], "router-tp2"],
    [["router", "router-tp2"], "router-tp2-2"],
    [["router", "router-tp2", "router-tp2-2"], "router-tp2-3"],
  ])("beside %p", (taken, name) => {
    expect(String(freeName(placeOf("tp2", "router"), new Set(taken)))).toBe(name);
  });

  test.each([
    ["x".repeat(63), "y".repeat(63), `${"x".repeat(31)}-${"y".repeat(31)}`],
    ["x".repeat(63), "tp2", `${"x".repeat(59)}-tp2`],
    ["router", "y".repeat(63), `router-${"y".repeat(56)}`],
    [`${"x".repeat(30)}-${"x".repeat(32)}`, "y".repeat(63), `${"x".repeat(30)}-${"y".repeat(31)}`],
  ])("%s of %s is cut to what a name may have, and both are still in it", (machine, lab, expected) => {
    const first = freeName(placeOf(lab, machine), new Set([machine]));
    expect(String(first)).toBe(expected);
    const second = freeName(placeOf(lab, machine), new Set([machine, first]));
    expect([isMachineName(second), second === first]).toEqual([true, false]);
  });
});

describe("what is meant by a word, and what is shown", () => {
  const [one, other] = [made("router", "tp1"), made("router-tp2", "tp2", "router")];
  const [web, byHand] = [made("web", "tp1"), made("db", null)];
  const all = [one, other, web, byHand];
  const meant = (word: string, among = all) => meantBy(word, among).map(({ name }) => name);

  test("a name that two labs have means both, with its lab the one", () => {
    expect(meant("router")).toEqual(["router", "router-tp2"]);
    expect([meant("tp1/router"), meant("tp2/router"), meant("router-tp2")]).toEqual([
      ...[["router"], ["router-tp2"], ["router-tp2"]],
    ]);
    expect([meant("web"), meant("tp1/web"), meant("db"), meant("tp2/web"), meant("nobody")]).toEqual([
      ...[["web"], ["web"], ["db"], [], []],
    ]);
  });

  test("what is shown can be typed, and means that machine", () => {
    expect(all.map((machine) => shownName(machine, all))).toEqual(["tp1/router", "tp2/router", "web", "db"]);
    expect(shownName(other, [other])).toBe("router");
    for (const machine of all) expect(meantBy(shownName(machine, all), all)).toEqual([machine]);
  });

  test("one made by hand has no other name", () => {
    const own = made("router", null);
    const lab = made("router-tp1", "tp1", "router");
    expect(meant("router", [own, lab])).toEqual(["router"]);
    expect([own, lab].map((machine) => shownName(machine, [own, lab]))).toEqual(["router", "tp1/router"]);
  });

  test("a name that one lab has in its file and another machine of a lab was made under means both", () => {
    const third = made("router-tp2-tp3", "tp3", "router-tp2");
    expect(meant("router-tp2", [one, other, third])).toEqual(["router-tp2", "router-tp2-tp3"]);
  });

  test("two of one lab, whose record was lost between, are told apart by the hypervisor's name", () => {
    const again = made("router-tp1", "tp1", "router");
    expect([one, again].map((machine) => shownName(machine, [one, again]))).toEqual(["qemu:router", "qemu:router-tp1"]);
  });
});
