import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseMachineName } from "../../src/model/names.ts";
import { readMachine, writeMachine } from "../../src/providers/records.ts";

let folder = "";
let before: string | undefined;
beforeEach(() => {
  before = process.env["XDG_DATA_HOME"];
  folder = mkdtempSync(join(tmpdir(), "records-"));
  process.env["XDG_DATA_HOME"] = folder;
  mkdirSync(join(folder, "tarr-steps/machines/web"), { recursive: true });
});
afterEach(() => {
  if (before === undefined) delete process.env["XDG_DATA_HOME"];
  else process.env["XDG_DATA_HOME"] = before;
  rmSync(folder, { recursive: true });
});

const path = () => join(folder, "tarr-steps/machines/web/machine.json");
const write = (record: object) => writeFileSync(path(), JSON.stringify(record));
const web = parseMachineName("web");

const common = { name: "web", provider: "qemu", image: "tiny", memory: 128 };
const port = { id: "abc234", interface: "tsabc234", switch: "vswitch0", mac: "52:54:00:12:34:56" };
const nic = { network: "lab", port };

test("a record of a machine with several cards, as it was written", async () => {
  write({ version: 2, ...common, nics: [nic, { ...nic, network: "dmz" }] });
  const machine = await readMachine(web);
  expect(machine.nics.map(({ network }) => String(network))).toEqual(["lab", "dmz"]);
  await writeMachine(machine);
  expect(JSON.parse(readFileSync(path(), "utf8"))).toEqual({ version: 2, ...machine });
});

test("a record of a lab's machine says the lab and the name in its file; one that is no name is told", async () => {
  const lab = { lab: "tp2", machine: "router" };
  write({ version: 2, ...common, nics: [nic], lab });
  expect(await readMachine(web)).toMatchObject({ lab });
  await writeMachine(await readMachine(web));
  expect(JSON.parse(readFileSync(path(), "utf8"))).toMatchObject({ name: "web", lab });
  write({ version: 2, ...common, nics: [nic], lab: { ...lab, machine: "../x" } });
  expect(await readMachine(web).catch((error: unknown) => error)).toMatchObject({ code: "machine-record-broken" });
});

test("a record of the first version has one card", async () => {
  write({ version: 1, ...common, network: "lab", port });
  expect(await readMachine(web)).toEqual({ ...common, nics: [nic] } as never);
});

test("the first records had no switch", async () => {
  const { id, interface: on, mac } = port;
  write({ version: 1, ...common, network: "lab", port: { id, interface: on, mac } });
  expect(await readMachine(web)).toMatchObject({ nics: [{ port: { switch: "vswitch0" } }] });
});

test.each([
  ["no card", { version: 2, ...common, nics: [] }],
  ["nine cards", { version: 2, ...common, nics: Array.from({ length: 9 }, () => nic) }],
  ["a network that is a path", { version: 2, ...common, nics: [{ ...nic, network: "../x" }] }],
  ["a version to come", { version: 3, ...common, nics: [nic] }],
])("a record with %s is told", async (_, record) => {
  write(record);
  expect(await readMachine(web).catch((error: unknown) => error)).toMatchObject({ code: "machine-record-broken" });
});
