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
    const machines = ["a", "b"].map((name) => ({ kind: "machine", name }));
    const salle = { kind: "network", name: "salle" };
    expect(findForeign(lab, empty, presentOf(lab)) as object).toEqual([salle, ...machines]);
    expect(findForeign(lab, empty, { ...nothing, networks: new Set(["salle"]) }) as object).toEqual([salle]);
    expect(findForeign(lab, madeOf(lab), presentOf(lab))).toEqual([]);
  });

  test("nor is one that took the name of a machine of the lab's", () => {
    const machines = new Map(presentOf(lab).machines).set("a", { state: "running", port: "other" });
    const present = { ...presentOf(lab), machines };
    expect(findForeign(lab, madeOf(lab), present)).toEqual([{ kind: "machine", name: "a" }]);
    expect(words(planDown(madeOf(lab), present))).not.toContain("delete-machine a asked");
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
