import { beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Call } from "../../../src/api/client.ts";
import type { Context, Run } from "../../../src/cli/command.ts";
import { remove, restart, start, stop } from "../../../src/cli/commands/machine.ts";
import { restore, snapshot } from "../../../src/cli/commands/machine-snapshot.ts";
import { imageFolder, machineFolder } from "../../../src/providers/folders.ts";
import { vmwareProvider as provider } from "../../../src/providers/vmware/provider.ts";
import { machine, make, makeImage, map, problem, state, vmrun, vmxOf } from "./machines.ts";

const { id } = machine("web").nics[0].port;
/** The lease is of a day ago: a guest that goes on has no reason to ask for another. */
const ports = [{ id, address: null, reserved: "192.0.2.7", leased: 1, cable: "in" }];
const networks = [{ name: "lab", dhcp: { enabled: true } }];
const call = ((method: string) =>
  Promise.resolve(method === "GetStatus" ? { networks } : { ports })) as unknown as Call;

async function typed(run: Run, words: Readonly<Record<string, string>>, hard = false): Promise<string[]> {
  const said: string[] = [];
  const context: Context = {
    ...{ language: "en", version: "0", rest: [], json: false, call },
    say: (key, values) => `${key} ${values?.["address"] ?? ""}`.trim(),
    argument: (name) => words[name] ?? "",
    option: () => undefined,
    values: () => [],
    flag: (name) => hard && name === "hard",
    print: (line) => said.push(line),
    note: (line) => said.push(line),
  };
  await run(context);
  return said;
}

const web = { name: "web" };
const folder = () => machineFolder("web");
const saved = () =>
  readdirSync(folder())
    .filter((name) => /\.(?:vmss|vmem|vmsn)$/.test(name))
    .sort();
const suspend = async () => expect((await vmrun("suspend", vmxOf("web"))).code).toBe(0);

beforeAll(async () => {
  makeImage();
  writeFileSync("/dev/vmmon", "");
  for (const name of ["vmmon", "vmnet"]) mkdirSync(join("/sys/module", name));
  writeFileSync("/dev/vmnet200", "");
  map();
  await make("web");
  await provider.start(machine("web"), { window: false });
});

describe("a suspended machine", () => {
  test("is paused, and goes on at its address when started, with the disc that it knows", async () => {
    await suspend();
    expect(await state("web")).toBe("paused");
    const disc = join(folder(), "boot.iso");
    const before = statSync(disc).mtimeMs;
    // The image was built again meanwhile.
    const later = new Date(Date.now() + 60_000);
    for (const name of ["kernel", "initrd", "image.json"]) utimesSync(join(imageFolder("tiny"), name), later, later);
    expect(await typed(start, web)).toEqual(["machine-starting", "machine-started 192.0.2.7"]);
    expect(await state("web")).toBe("running");
    expect(statSync(disc).mtimeMs).toBe(before);
    expect(existsSync(join(folder(), "console.sock"))).toBe(true);
    expect(await typed(start, web)).toEqual(["machine-runs 192.0.2.7"]);
  });

  test("cannot be asked to power off, and loses its memory when it is told to", async () => {
    await suspend();
    expect(await problem(typed(stop, web))).toBe("suspended");
    expect(await problem(typed(restart, web))).toBe("suspended");
    expect(saved()).toEqual(["web-1a2b3c4d.vmem", "web-1a2b3c4d.vmss"]);
    mkdirSync(`${vmxOf("web")}.lck`);
    writeFileSync(join(`${vmxOf("web")}.lck`, "M1.lck"), "");
    expect(await problem(typed(stop, web, true))).toBe("in-use");
    rmSync(`${vmxOf("web")}.lck`, { recursive: true });
    await typed(stop, web, true);
    expect(await state("web")).toBe("stopped");
    expect(saved()).toEqual([]);
    expect(await typed(stop, web)).toEqual(["machine-stopped-already"]);
  });

  test("is brought back to a snapshot, and goes on where that has its memory", async () => {
    await typed(snapshot, { ...web, snapshot: "off" });
    expect((await vmrun("start", vmxOf("web"), "nogui")).code).toBe(0);
    await typed(snapshot, { ...web, snapshot: "on" });
    await suspend();
    await typed(restore, { ...web, snapshot: "off" });
    expect(await state("web")).toBe("stopped");
    await typed(restore, { ...web, snapshot: "on" });
    expect(await state("web")).toBe("paused");
    await typed(start, web);
    expect(await state("web")).toBe("running");
    expect(await problem(typed(restore, { ...web, snapshot: "off" }))).toBe("machine-running");
    await typed(stop, web, true);
    // Memory of the snapshot's is the snapshot's.
    await typed(restore, { ...web, snapshot: "on" });
    await typed(stop, web, true);
    expect(await state("web")).toBe("stopped");
    expect(saved()).toContain("web-Snapshot2.vmsn");
    expect((await vmrun("start", vmxOf("web"), "nogui")).code).toBe(0);
  });

  test("is deleted as a stopped one is", async () => {
    expect(await problem(typed(remove, web))).toBe("machine-running");
    await suspend();
    await typed(remove, web);
    expect(existsSync(folder())).toBe(false);
  });
});
