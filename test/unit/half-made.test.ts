/** What a command that was killed (SIGKILL, power) leaves of a machine, and a record that nobody can read: each is told, and deleted. */
import { afterAll, afterEach, beforeEach, expect, spyOn, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { anyCard, build, rebuild } from "../../src/cli/build.ts";
import type { Run } from "../../src/cli/command.ts";
import { create } from "../../src/cli/commands/machine-create.ts";
import { remove, show, start } from "../../src/cli/commands/machine.ts";
import { renderError } from "../../src/cli/render/error.ts";
import { parseMachineName, parseNetworkName } from "../../src/model/names.ts";
import { lxcProvider } from "../../src/providers/lxc/provider.ts";
import { qemuProvider } from "../../src/providers/qemu/provider.ts";
import { claimFolder, readMachine, writeMachine } from "../../src/providers/records.ts";
import type { Stub } from "./stub-service.ts";
import { stubService } from "./stub-service.ts";
import { rejected } from "./thrown.ts";

let stub: Stub;
const spies = [
  spyOn(process, "getuid").mockReturnValue(1000),
  spyOn(qemuProvider, "machines").mockResolvedValue([]),
  spyOn(qemuProvider, "available").mockResolvedValue({ usable: true, acceleration: "hardware" }),
];
const seen = spyOn(lxcProvider, "machines").mockResolvedValue([]);
const stopped = spyOn(lxcProvider, "stop").mockResolvedValue();
const deleted = spyOn(lxcProvider, "delete").mockResolvedValue();
afterAll(() => {
  for (const spy of [...spies, seen, stopped, deleted]) spy.mockRestore();
});
beforeEach(async () => {
  stub = await stubService();
  stub.networks.push("lab");
});
afterEach(() => stub.close());

const web = parseMachineName("web");
const folder = () => join(stub.folder, "tarr-steps/machines/web");
const rights = { user: "etu", mayUse: true, mayAdminister: false, use: [], administer: [] };

async function lastLine(run: Run, typed: Readonly<Record<string, string>> = { name: "web" }): Promise<string> {
  const context = stub.context(typed);
  const call: typeof context.call = (...asked) =>
    asked[0] === "GetRights" ? Promise.resolve(rights) : context.call(...asked);
  const { text } = await renderError(await rejected(run({ ...context, call })), { language: "en", json: false });
  return text.split("\n").at(-1) ?? "";
}

const goes = "  → Take away what is there, then make it again: tarr-steps machine delete web";
const order = (provider: typeof qemuProvider) =>
  ({ name: web, image: "tiny", memory: 128, cards: [anyCard(parseNetworkName("lab"))], provider }) as const;

test("killed before its record: whatever is typed with that name says so, and delete frees it", async () => {
  await claimFolder(web);
  for (const run of [create, start, show]) expect(await lastLine(run)).toBe(goes);
  await remove(stub.context({ name: "web" }));
  expect(existsSync(folder())).toBe(false);
});

test("killed while its files are made: its start says so in our words, and so does making it again", async () => {
  await claimFolder(web);
  let written = "";
  const provider = {
    ...qemuProvider,
    create: () => {
      written = readFileSync(join(folder(), "machine.json"), "utf8");
      return Promise.resolve();
    },
  };
  await build(order(provider), stub.context());
  expect((await readMachine(web)).unfinished).toBeUndefined();
  writeFileSync(join(folder(), "machine.json"), written);
  for (const run of [create, start]) expect(await lastLine(run)).toBe(goes);
});

test("made anew, it is whole again", async () => {
  await claimFolder(web);
  const provider = { ...qemuProvider, create: () => Promise.resolve() };
  const machine = await build(order(provider), stub.context());
  const states: (boolean | undefined)[] = [];
  const look = async () => void states.push((await readMachine(web)).unfinished);
  await writeMachine({ ...machine, unfinished: true });
  await rebuild(await readMachine(web), { ...provider, create: look });
  await rebuild(machine, { ...provider, create: look, delete: look });
  await look();
  expect(states).toEqual([true, true, true, undefined]);
});

test("a record that cannot be read: delete ends the machine, and takes it out of its hypervisor and off its port", async () => {
  mkdirSync(folder(), { recursive: true });
  writeFileSync(join(folder(), "machine.json"), "{");
  writeFileSync(join(folder(), "config"), "");
  stub.ports.set("abc234", { network: "lab", name: "web", uid: 1000 });
  expect(await lastLine(start)).toBe(
    "  → Put that file right, or delete the machine, running or not: tarr-steps machine delete web",
  );
  seen.mockResolvedValueOnce([{ name: "web", state: "running", nics: [] }]);
  await remove(stub.context({ name: "web" }));
  expect([stopped.mock.calls.length, deleted.mock.calls.length]).toEqual([1, 1]);
  expect([existsSync(folder()), stub.ports.size]).toEqual([false, 0]);
});

test("so does one whose record was removed by hand", async () => {
  mkdirSync(folder(), { recursive: true });
  writeFileSync(join(folder(), "disk.qcow2"), "");
  expect(await lastLine(start)).toStartWith("  → Put that file right, or delete the machine");
  await remove(stub.context({ name: "web" }));
  expect(existsSync(folder())).toBe(false);
});
