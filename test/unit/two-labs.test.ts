import { afterAll, afterEach, beforeEach, expect, spyOn, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { shownByOwner } from "../../src/cli/as-owner.ts";
import type { Context, Run } from "../../src/cli/command.ts";
import { down, reset, up } from "../../src/cli/commands/lab.ts";
import { stop } from "../../src/cli/commands/lab-power.ts";
import { list, remove } from "../../src/cli/commands/machine.ts";
import { shownAs } from "../../src/cli/own-machines.ts";
import { renderError } from "../../src/cli/render/error.ts";
import { findTarget } from "../../src/cli/target.ts";
import { TarrError } from "../../src/error.ts";
import type { Language } from "../../src/messages/messages.ts";
import { parseMachineName } from "../../src/model/names.ts";
import { qemuProvider } from "../../src/providers/qemu/provider.ts";
import { claimFolder } from "../../src/providers/records.ts";
import type { Stub } from "./stub-service.ts";
import { stubService, withoutDhcp } from "./stub-service.ts";
import { rejected } from "./thrown.ts";

let stub: Stub;
let running = new Set<string>();
const spies = [
  spyOn(process, "getuid").mockReturnValue(1000),
  spyOn(qemuProvider, "machines").mockImplementation(() =>
    Promise.resolve([...running].map((name) => ({ name, state: "running" as const, nics: [] }))),
  ),
  spyOn(qemuProvider, "create").mockResolvedValue(),
  spyOn(qemuProvider, "delete").mockResolvedValue(),
  spyOn(qemuProvider, "start").mockImplementation(({ name }) => Promise.resolve(void running.add(name))),
  spyOn(qemuProvider, "stop").mockImplementation(({ name }) => Promise.resolve(void running.delete(name))),
];
afterAll(() => {
  for (const spy of spies) spy.mockRestore();
});

const architecture = process.arch === "arm64" ? "aarch64" : "x86_64";
const disk = { file: "disk.qcow2", sha256: "0".repeat(64) };
beforeEach(async () => {
  stub = await stubService();
  running = new Set();
  const image = { format: 2, name: "tiny", architecture, disk, firmware: ["bios"], tree: null };
  const more = { firstBoot: "none", user: "root", system: "Debian", memory: 128, built: "2026-01-01T00:00:00Z" };
  mkdirSync(join(stub.folder, "tarr-steps/images/tiny"), { recursive: true });
  writeFileSync(join(stub.folder, "tarr-steps/images/tiny/image.json"), JSON.stringify({ ...image, ...more }));
  stub.networks.push("lab");
  for (const lab of ["tp1", "tp2"]) writeFileSync(fileOf(lab), "machines: {router: {provider: qemu}}\n");
});
afterEach(() => stub.close());

const fileOf = (lab: string) => join(stub.folder, `${lab}.yaml`);
const readJson = (path: string): unknown => JSON.parse(readFileSync(join(stub.folder, "tarr-steps", path), "utf8"));

async function ran(run: Run, typed: Readonly<Record<string, string>>, how: Partial<Context> = {}) {
  const [lines, notes]: [string[], string[]] = [[], []];
  const told = { print: (line: string) => void lines.push(line), note: (line: string) => void notes.push(line) };
  const context = stub.context(typed);
  return { code: await run({ ...context, ...told, call: withoutDhcp(context.call), ...how }), lines, notes };
}

const bring = (lab: string) => ran(up, { file: fileOf(lab) });

async function bringBoth() {
  await bring("tp1");
  return bring("tp2");
}

test("the second of two labs makes its machine under a name of its own, and says how to call it", async () => {
  const { code, lines, notes } = await bringBoth();
  expect([code, lines]).toEqual([0, ["The lab tp2 is up."]]);
  expect(notes.slice(0, 4)).toEqual([
    "router of tp2 answers as router-tp2 on the network lab, where another machine is called router.",
    "router is made (qemu).",
    "You have another machine router: that of the lab tp2 is tp2/router in commands, and router-tp2 in its hypervisor.",
    "router starts…",
  ]);
  expect(readJson("machines/router-tp2/machine.json")).toMatchObject({
    ...{ name: "router-tp2", lab: { lab: "tp2", machine: "router" } },
  });
  expect(readJson("labs/tp2.json")).toMatchObject({ machines: [{ name: "router", as: "router-tp2", half: false }] });
  expect(JSON.stringify(readJson("labs/tp1.json"))).not.toContain('"as"');
  expect([...stub.ports.values()].map(({ name }) => name)).toEqual(["router", "router-tp2"]);
});

test.each([
  ["en", "Several machines are called “router”: tp1/router, tp2/router."],
  ["fr", "Plusieurs machines s'appellent « router » : tp1/router, tp2/router."],
] as const)("a name that both have is refused with what to type (%s)", async (language: Language, sentence) => {
  await bringBoth();
  const error = await rejected(ran(remove, { name: "router" }));
  const { text, exit } = await renderError(error, { language, json: false });
  expect([text.split("\n")[0], exit]).toEqual([`tarr-steps: ${sentence}`, 64]);
  expect(text).toContain("tarr-steps machine show tp1/router");
  expect(await findTarget("tp2/router")).toMatchObject({ name: "tp2/router", machine: { name: "router-tp2" } });
  expect(await findTarget("qemu:tp1/router")).toMatchObject({ machine: { name: "router" } });
  expect(await findTarget("qemu:router")).toMatchObject({ machine: { name: "router" } });
});

test("an error names a machine as it can be typed, whoever threw it", async () => {
  await bringBoth();
  const thrown = new TarrError("machine-running", { name: "router" });
  expect((await renderError(thrown, { language: "en", json: false })).text).toBe(
    "tarr-steps: The machine tp1/router is running.\n  → tarr-steps machine stop tp1/router",
  );
  // A port's name, which is not a machine's.
  const port = new TarrError("name-taken", { name: "router", network: "lab" });
  expect((await renderError(port, { language: "en", json: false })).text).not.toContain("tp1/");
});

test("lists say the lab of those that have one name", async () => {
  await bringBoth();
  const { lines } = await ran(list, {});
  expect(lines.slice(1).map((line) => line.split(" ")[0])).toEqual(["tp1/router", "tp2/router"]);
  const { lines: told } = await ran(list, {}, { json: true });
  expect(JSON.parse(told.join(""))).toMatchObject({
    machines: [
      { name: "router", lab: { lab: "tp1", machine: "router" } },
      { name: "router-tp2", lab: { lab: "tp2", machine: "router" } },
    ],
  });
});

test("so does root's list of them", () => {
  const one = { provider: "qemu", state: "running", nics: [], memory: 128, disk: 0 };
  const all = [
    { ...one, name: "router", lab: { lab: "tp1", machine: "router" } },
    { ...one, name: "router-tp2", lab: { lab: "tp2", machine: "router" } },
    { ...one, name: "router", provider: "virtualbox", memory: null, lab: null },
  ];
  expect(shownByOwner(all).map(({ name }) => name)).toEqual(["tp1/router", "tp2/router", "router"]);
});

test("stopping, resetting and deleting the second lab leaves the first alone", async () => {
  await bringBoth();
  await ran(stop, { file: "tp2" });
  expect([...running]).toEqual(["router"]);
  expect(await ran(reset, { file: fileOf("tp2") })).toMatchObject({ code: 0 });
  expect([...running].toSorted()).toEqual(["router", "router-tp2"]);
  expect((await ran(down, { file: fileOf("tp2") })).lines).toEqual(["Nothing is left of the lab tp2."]);
  expect([...running]).toEqual(["router"]);
  expect([...stub.ports.values()].map(({ name }) => name)).toEqual(["router"]);
  expect(await shownAs("router")).toBe("router");
});

test("a name that is taken between plan and work, or that a killed command left, is left to that", async () => {
  await claimFolder(parseMachineName("router"));
  await claimFolder(parseMachineName("router-tp1"));
  expect((await bring("tp1")).code).toBe(0);
  expect(readJson("labs/tp1.json")).toMatchObject({ machines: [{ name: "router", as: "router-tp1-2" }] });
  // On the network nobody answers to it.
  expect([...stub.ports.values()].map(({ name }) => name)).toEqual(["router"]);
  rmSync(join(stub.folder, "tarr-steps/machines/router"), { recursive: true });
  expect((await bring("tp1")).lines).toEqual(["The lab tp1 is as its file says; nothing was done."]);
});

test("what was made half is made anew under the name that it had", async () => {
  await bringBoth();
  const record = readJson("labs/tp2.json") as { machines: object[] };
  const half = { ...record, machines: record.machines.map((one) => ({ ...one, half: true, ready: false })) };
  writeFileSync(join(stub.folder, "tarr-steps/labs/tp2.json"), JSON.stringify(half));
  await ran(down, { file: fileOf("tp1") });
  const { lines } = await ran(up, { file: fileOf("tp2") }, { json: true });
  expect(JSON.parse(lines.join(""))).toMatchObject({
    actions: ["delete-machine", "create-machine", "start-machine"].map((what) => ({
      ...{ do: what, name: "router", as: "router-tp2", why: "unfinished" },
    })),
  });
});
