import { afterAll, afterEach, beforeEach, expect, spyOn, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "../../src/cli/command.ts";
import { down, up } from "../../src/cli/commands/lab.ts";
import { renderError } from "../../src/cli/render/error.ts";
import { openRecord } from "../../src/cli/lab/made.ts";
import { parseMachineName } from "../../src/model/names.ts";
import { qemuProvider } from "../../src/providers/qemu/provider.ts";
import { claimFolder } from "../../src/providers/records.ts";
import { root } from "./sources.ts";
import type { Stub } from "./stub-service.ts";
import { stubService, withoutDhcp } from "./stub-service.ts";

let stub: Stub;
let file = "";
const spies = [
  spyOn(process, "getuid").mockReturnValue(1000),
  spyOn(qemuProvider, "machines").mockResolvedValue([]),
  spyOn(qemuProvider, "create").mockResolvedValue(),
  spyOn(qemuProvider, "delete").mockResolvedValue(),
  spyOn(qemuProvider, "start").mockResolvedValue(),
];
afterAll(() => {
  for (const spy of spies) spy.mockRestore();
});

const architecture = process.arch === "arm64" ? "aarch64" : "x86_64";
beforeEach(async () => {
  stub = await stubService();
  const disk = { file: "disk.qcow2", sha256: "0".repeat(64) };
  const image = { format: 2, name: "tiny", architecture, disk, firmware: ["bios"], tree: null };
  const more = { firstBoot: "none", user: "root", system: "Debian", memory: 128, built: "2026-01-01T00:00:00Z" };
  mkdirSync(join(stub.folder, "tarr-steps/images/tiny"), { recursive: true });
  writeFileSync(join(stub.folder, "tarr-steps/images/tiny/image.json"), JSON.stringify({ ...image, ...more }));
  stub.networks.push("lab");
  stub.macs.asked = true;
  file = join(stub.folder, "ka.yaml");
  writeFileSync(file, "networks: {ka: {}, kb: {}}\nmachines: {ka1: {provider: qemu, nics: [ka, ka, lab]}}\n");
});
afterEach(() => stub.close());

/**
 * Runs `lab up` as a process of its own, which is sent a signal while the service answers what is asked for the `count`th
 * time. @returns the signal that ended it
 */
async function endedWhile(method: string, count: number, signal: NodeJS.Signals) {
  const script = join(stub.folder, "up.ts");
  writeFileSync(
    script,
    `import { up } from "${root}/src/cli/commands/lab.ts";
import { client } from "${root}/src/api/client.ts";
import { qemuProvider } from "${root}/src/providers/qemu/provider.ts";
process.getuid = () => 1000;
qemuProvider.machines = () => Promise.resolve([]);
qemuProvider.available = () => Promise.resolve({ usable: true, acceleration: "hardware" });
let left = ${count};
const call = async (method, parameters) => {
  const reply = await client("${stub.folder}/socket")(method, parameters);
  if (method === "${method}" && --left === 0) {
    process.stdout.write("now");
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return reply;
};
const none = () => undefined;
const say = (key) => key;
await up({ language: "en", version: "0", say, argument: () => "${file}", rest: [], option: none, values: () => [],
  flag: () => false, json: false, call, print: none, note: none });
`,
  );
  const child = Bun.spawn([process.execPath, script], { stdout: "pipe", stderr: "inherit", env: { ...process.env } });
  await child.stdout.getReader().read();
  child.kill(signal);
  await child.exited;
  return child.signalCode;
}

/** What a command says on stdout, where nobody gives addresses. */
async function told(run: Run): Promise<readonly string[]> {
  const lines: string[] = [];
  const context = stub.context({ file });
  await run({ ...context, call: withoutDhcp(context.call), print: (line) => void lines.push(line) });
  return lines;
}

const names = () => [...stub.ports.values()].map(({ name, network }) => `${name}.${network}`);
const isClean = () => {
  expect([names(), stub.networks]).toEqual([[], ["lab"]]);
  expect(existsSync(join(stub.folder, "tarr-steps/labs/ka.json"))).toBe(false);
  expect(existsSync(join(stub.folder, "tarr-steps/machines/ka1"))).toBe(false);
};

const signals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"];

for (const signal of signals) {
  test(`${signal} while a network is made leaves it to the lab: up goes on, down takes it away`, async () => {
    expect(await endedWhile("CreateNetwork", 1, signal)).toBe(signal);
    expect(stub.networks).toEqual(["lab", "ka"]);
    expect(await told(up)).toEqual(["The lab ka is up."]);
    expect(stub.networks).toEqual(["lab", "ka", "kb"]);
    expect(stub.calls.filter((one) => one === "CreateNetwork")).toHaveLength(2);
    await told(down);
    isClean();

    expect(await endedWhile("CreateNetwork", 2, signal)).toBe(signal);
    expect(await told(down)).toEqual(["Nothing is left of the lab ka."]);
    isClean();
  });
}

test("a signal lets the network be finished", async () => {
  await endedWhile("CreateNetwork", 1, "SIGINT");
  expect((await openRecord("ka")).made().networks).toMatchObject([{ name: "ka", half: false }]);
});

for (const count of [1, 2, 3]) {
  test(`killed at port ${count} of a machine, lab up makes it under its name, and lab down leaves nothing`, async () => {
    expect(await endedWhile("CreatePort", count, "SIGKILL")).toBe("SIGKILL");
    expect(stub.ports.size).toBe(count);
    expect(await told(up)).toEqual(["The lab ka is up."]);
    expect(readdirSync(join(stub.folder, "tarr-steps/machines"))).toEqual(["ka1"]);
    expect(names()).toEqual(["ka1.ka", "ka1-2.ka", "ka1.lab"]);
    await told(down);
    isClean();

    await endedWhile("CreatePort", count, "SIGKILL");
    expect(await told(down)).toEqual(["Nothing is left of the lab ka."]);
    isClean();
  });
}

test("ports of other users, and of the user's other machines, stay", async () => {
  await endedWhile("CreatePort", 2, "SIGKILL");
  const [first] = stub.ports.values();
  if (first === undefined) throw new Error("no port");
  stub.ports.set("abc333", { ...first, network: "lab", uid: 1001 });
  stub.ports.set("abc334", { network: "lab", name: "ka1", uid: 1000 });
  await told(down);
  expect([...stub.ports.keys()]).toEqual(["abc333", "abc334"]);
});

test("a machine whose record was written, and not yet the lab's, is the lab's", async () => {
  await told(up);
  const record = await openRecord("ka");
  const [machine] = record.made().machines;
  if (machine === undefined) throw new Error("no machine");
  await record.add({ machine: { ...machine, port: "", half: true, ready: false } });
  expect(await told(up)).toEqual(["The lab ka is up."]);
  expect(readdirSync(join(stub.folder, "tarr-steps/machines"))).toEqual(["ka1"]);
  await told(down);
  isClean();
});

test("a name that another command is taking is left to that", async () => {
  await claimFolder(parseMachineName("ka1"));
  await told(up);
  await told(down);
  expect(readdirSync(join(stub.folder, "tarr-steps/machines"))).toEqual(["ka1"]);
});

test("a network that the service refuses to make is not the lab's", async () => {
  stub.refusals.set("kb", { code: "network-exists", values: { network: "kb" } });
  const error: unknown = await told(up).catch((failure: unknown) => failure);
  const { text } = await renderError(error, { language: "en", json: false });
  expect(text).toContain("networks.kb: There is");
  expect((await openRecord("ka")).made()).toEqual({ networks: [], machines: [] });
  stub.networks.push("kb");
  expect(await told(down)).toEqual(["The lab ka made nothing here; nothing was done."]);
  expect(stub.networks).toEqual(["lab", "kb"]);
});
