import { describe, expect, test } from "bun:test";
import { parseMachineName, parseNetworkName } from "../model/names.ts";
import { hostsOf, macFor } from "./addresses.ts";
import type { Lab } from "./lab.ts";
import { parseLab } from "./parse.ts";
import type { Action, Made, MadeMachine, Present } from "./plan.ts";
import { findForeign, planDown, planUp, saidOf } from "./plan.ts";

const { lab } = parseLab("tp.yaml", "networks:\n  salle: {}\nmachines:\n  a: {}\n  b: {nics: [lab]}\n");
const empty: Made = { networks: [], machines: [] };
const nothing: Present = { networks: new Set(["lab"]), machines: new Map() };

const madeOf = (one: Lab): Made => ({
  networks: one.networks.map((network) => ({ name: network.name, said: saidOf(network) })),
  machines: one.machines.map((machine) => ({ name: machine.name, said: saidOf(machine), port: `p${machine.name}` })),
});
const presentOf = (one: Lab): Present => ({
  networks: new Set(["lab", ...one.networks.map(({ name }) => name)]),
  machines: new Map(one.machines.map(({ name }) => [name, { state: "running", port: `p${name}` }])),
});
const words = (actions: readonly Action[]) => actions.map((one) => `${one.do} ${one.name} ${one.why}`);

const made = (actions: readonly Action[]) =>
  actions.flatMap((one) => (one.do === "create-machine" ? [`${one.name} as ${one.as}`] : []));

describe("what is to be done", () => {
  test("all of it, when nothing is there", () => {
    expect(words(planUp(lab, empty, nothing))).toEqual([
      "create-network salle missing",
      "create-machine a missing",
      "start-machine a missing",
      "create-machine b missing",
      "start-machine b missing",
    ]);
  });

  test("nothing, when all is there", () => {
    expect(planUp(lab, madeOf(lab), presentOf(lab))).toEqual([]);
  });

  test("only the difference: a changed machine, one removed, one stopped", () => {
    const present = presentOf(lab);
    const { lab: other } = parseLab("tp.yaml", "networks:\n  salle: {}\nmachines:\n  a: {memory: 256}\n");
    expect(words(planUp(other, madeOf(lab), present))).toEqual([
      "delete-machine b removed",
      "delete-machine a changed",
      "create-machine a changed",
      "start-machine a changed",
    ]);
    const stopped = new Map(present.machines).set("a", { state: "stopped", port: "pa" });
    expect(words(planUp(lab, madeOf(lab), { ...present, machines: stopped }))).toEqual(["start-machine a stopped"]);
  });

  test("machines of a network that changes are made anew, the others stay", () => {
    const { lab: other } = parseLab(
      "tp.yaml",
      "networks:\n  salle: {dhcp: off}\nmachines:\n  a: {}\n  b: {nics: [lab]}\n",
    );
    expect(words(planUp(other, madeOf(lab), presentOf(lab)))).toEqual([
      "delete-machine a changed",
      "delete-network salle changed",
      "create-network salle changed",
      "create-machine a changed",
      "start-machine a changed",
    ]);
  });

  const marked = (marks: Partial<MadeMachine>): Made => {
    const made = madeOf(lab);
    return { ...made, machines: made.machines.map((one) => (one.name === "a" ? { ...one, ...marks } : one)) };
  };

  test("a machine that runs is waited for when the command that started it did not, and left alone afterwards", () => {
    const present = presentOf(lab);
    expect(words(planUp(lab, marked({ ready: false }), present))).toEqual(["await-machine a unfinished"]);
    expect(planUp(lab, marked({ ready: true, half: false }), present)).toEqual([]);
    const stopped = { ...present, machines: new Map(present.machines).set("a", { state: "stopped", port: "pa" }) };
    expect(words(planUp(lab, marked({ ready: false }), stopped))).toEqual(["start-machine a stopped"]);
  });

  test("a machine that was made half is made anew", () => {
    expect(words(planUp(lab, marked({ half: true, ready: false }), presentOf(lab)))).toEqual([
      "delete-machine a unfinished",
      "create-machine a unfinished",
      "start-machine a unfinished",
    ]);
  });

  test("down takes what was made, machines first, and nothing else", () => {
    expect(words(planDown(madeOf(lab), presentOf(lab)))).toEqual([
      "delete-machine a asked",
      "delete-machine b asked",
      "delete-network salle asked",
    ]);
    expect(planDown(empty, presentOf(lab))).toEqual([]);
  });

  test("a machine or network of the user's own is never adopted", () => {
    expect(findForeign(lab, empty, presentOf(lab)).map(String)).toEqual(["salle"]);
    expect(findForeign(lab, madeOf(lab), presentOf(lab))).toEqual([]);
    expect(made(planUp(lab, empty, presentOf(lab)))).toEqual(["a as a-tp", "b as b-tp"]);
    expect(planDown(empty, presentOf(lab))).toEqual([]);
  });

  test("nor is one that took the name of a machine of the lab's", () => {
    const machines = new Map(presentOf(lab).machines).set("a", { state: "running", port: "other" });
    const present = { ...presentOf(lab), machines };
    expect(made(planUp(lab, madeOf(lab), present))).toEqual(["a as a-tp"]);
    expect(words(planDown(madeOf(lab), present))).not.toContain("delete-machine a asked");
  });
});

describe("the name of a machine that another has already", () => {
  /** As when `a` was taken while the lab was made. */
  const beside: Made = {
    ...madeOf(lab),
    machines: madeOf(lab).machines.map((one) => (one.name === "a" ? { ...one, as: parseMachineName("a-tp") } : one)),
  };
  const states = (a: "running" | "stopped") =>
    new Map([
      ["a", { state: "stopped", port: "other" }] as const,
      ["a-tp", { state: a, port: "pa" }] as const,
      ["b", { state: "running", port: "pb" }] as const,
    ]);
  const present = (a: "running" | "stopped"): Present => ({ ...presentOf(lab), machines: states(a) });
  const asked = (actions: readonly Action[]) => actions.map((one) => `${one.do} ${"as" in one ? one.as : one.name}`);

  test("is the one that it was made under, for all that is done to it", () => {
    expect(planUp(lab, beside, present("running"))).toEqual([]);
    expect(asked(planUp(lab, beside, present("stopped")))).toEqual(["start-machine a-tp"]);
    expect(asked(planDown(beside, present("running")))).toEqual([
      "delete-machine a-tp",
      "delete-machine b",
      "delete-network salle",
    ]);
    const gone = parseLab("tp.yaml", "networks:\n  salle: {}\nmachines:\n  b: {nics: [lab]}\n");
    expect(asked(planUp(gone.lab, beside, present("running")))).toEqual(["delete-machine a-tp"]);
  });

  test("stays its own when it is made anew, whatever is free by then", () => {
    const { lab: other } = parseLab(
      "tp.yaml",
      "networks:\n  salle: {}\nmachines:\n  a: {memory: 256}\n  b: {nics: [lab]}\n",
    );
    const there = present("running");
    const expected = ["delete-machine a-tp", "create-machine a-tp", "start-machine a-tp"];
    expect(asked(planUp(other, beside, there))).toEqual(expected);
    const free = new Map([...there.machines].filter(([name]) => name !== "a"));
    expect(asked(planUp(other, beside, { ...there, machines: free }))).toEqual(expected);
    // Gone by hand, it is made under its own.
    const without = new Map([...free].filter(([name]) => name !== "a-tp"));
    expect(made(planUp(lab, beside, { ...there, machines: without }))).toEqual(["a as a"]);
  });

  test("is never that of another machine of the same lab's", () => {
    const { lab: other } = parseLab("tp.yaml", "machines:\n  a: {}\n  a-tp: {}\n");
    const machines = new Map([["a", { state: "running", port: "other" }] as const]);
    expect(made(planUp(other, empty, { ...nothing, machines }))).toEqual(["a as a-tp-2", "a-tp as a-tp"]);
  });

  test("is free for another when what has it goes first", () => {
    const { lab: other } = parseLab("tp.yaml", "networks: {salle: {}}\nmachines: {b: {nics: [lab]}, c: {}}\n");
    const old = {
      ...madeOf(lab),
      machines: madeOf(lab).machines.map((one) => (one.name === "a" ? { ...one, as: parseMachineName("c") } : one)),
    };
    const machines = new Map([
      ["c", { state: "running", port: "pa" }] as const,
      ["b", { state: "running", port: "pb" }] as const,
    ]);
    expect(asked(planUp(other, old, { ...presentOf(lab), machines }))).toEqual([
      ...["delete-machine c", "create-machine c", "start-machine c"],
    ]);
  });
});

describe("the same on every computer", () => {
  test("host parts: given ones, the others in the file's order around them", () => {
    const text = "machines:\n  a: {}\n  b: {nics: [{network: lab, host: 10}]}\n  c: {nics: [lab, lab]}\n";
    const hosts = hostsOf(parseLab("tp.yaml", text).lab, parseNetworkName("lab"), 10);
    expect([...hosts.values()]).toEqual([11, 10, 12, 13]);
  });

  const card = { lab: "tp", machine: parseMachineName("web"), index: 0 };
  const qemu = { provider: "qemu", prefix: "52:54:00" } as const;
  const vmware = { provider: "vmware", prefix: "00:50:56" } as const;

  test("MACs, of whichever hypervisor", () => {
    expect(macFor(card, qemu, "aaaa")).toBe(macFor(card, qemu, "aaaa"));
    expect(macFor(card, qemu, "aaaa")).not.toBe(macFor({ ...card, index: 1 }, qemu, "aaaa"));
    expect(macFor(card, vmware, "aaaa")).toMatch(/^00:50:56:[0-3]/);
    expect(macFor(card, qemu, "")).toStartWith("52:54:00:");
  });

  test("no two computers have one, and the last three bytes stay", () => {
    const [one, other] = [macFor(card, qemu, "aaaa"), macFor(card, qemu, "bbbb")];
    expect(one).not.toBe(other);
    expect(one.slice(-8)).toBe(other.slice(-8));
    expect(Number.parseInt(one.slice(0, 2), 16) & 3).toBe(2);
    expect(macFor(card, vmware, "aaaa")).toMatch(/^00:50:56:[0-3]/);
    expect(macFor(card, vmware, "aaaa")).not.toBe(macFor(card, vmware, "bbbb"));
  });
});
