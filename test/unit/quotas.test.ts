import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Call } from "../../src/api/client.ts";
import { parseMemory, refuseMoreMemory, refuseOverDisk, withinQuota } from "../../src/cli/sizes.ts";
import { TarrError } from "../../src/error.ts";
import { parseMachineName } from "../../src/model/names.ts";
import { readMachine } from "../../src/providers/records.ts";
import { codeOf } from "./thrown.ts";

const before = process.env["XDG_DATA_HOME"];
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tarr-steps-quotas-"));
  process.env["XDG_DATA_HOME"] = folder;
  const machine = join(folder, "tarr-steps/machines/web");
  await mkdir(machine, { recursive: true });
  const port = { id: "abcdef", interface: "tsgabcdef", switch: "vswitch0", mac: "52:54:00:00:00:01" };
  const record = {
    version: 2,
    name: "web",
    provider: "qemu",
    image: "tiny",
    memory: 1024,
    nics: [{ network: "lab", port }],
  };
  await writeFile(join(machine, "machine.json"), JSON.stringify(record));
  await writeFile(join(machine, "disk.raw"), new Uint8Array(2 * 1024 * 1024));
});
afterAll(async () => {
  if (before === undefined) delete process.env["XDG_DATA_HOME"];
  else process.env["XDG_DATA_HOME"] = before;
  await rm(folder, { recursive: true });
});

const refused = async (quotas: { memory: number | null; disk: number | null }, memory: number) => {
  return withinQuota(memory, quotas, () => Promise.resolve()).then(
    () => null,
    (error: unknown) => (error instanceof TarrError ? [error.code, error.values] : error),
  );
};

test("without a quota nobody is refused", async () => {
  expect(await refused({ memory: null, disk: null }, 1_000_000)).toBeNull();
});

test("memory counts what the user's machines have, together with the new one", async () => {
  expect(await refused({ memory: 1536, disk: null }, 512)).toBeNull();
  const values = { used: "1024", wanted: "513", quota: "1536" };
  expect(await refused({ memory: 1536, disk: null }, 513)).toEqual(["quota-memory", values]);
});

test("disk counts what is there already", async () => {
  expect(await refused({ memory: null, disk: 1 }, 64)).toBeNull();
  expect(await refused({ memory: null, disk: 0 }, 64)).toEqual(["quota-disk", { used: "0.0", quota: "0" }]);
});

test("disk is asked about before an image or a snapshot too", async () => {
  const told = (disk: number | null) => refuseOverDisk({ memory: null, disk }).then(() => null, codeIn);
  expect([await told(null), await told(1), await told(0)]).toEqual([null, null, "quota-disk"]);
});

test("of two that are made at once, where there is room for one, one is refused", async () => {
  const machines = join(folder, "tarr-steps/machines");
  const make = (name: string) =>
    withinQuota(512, { memory: 1536, disk: null }, async () => {
      await Bun.sleep(50);
      const text = await readFile(join(machines, "web/machine.json"), "utf8");
      await mkdir(join(machines, name));
      await writeFile(join(machines, name, "machine.json"), JSON.stringify({ ...JSON.parse(text), name, memory: 512 }));
    }).then(() => null, codeIn);
  expect((await Promise.all(["one", "two"].map(make))).sort()).toEqual(["quota-memory", null].sort());
  for (const name of ["one", "two"]) await rm(join(machines, name), { recursive: true, force: true });
});

test("a machine that is given more memory counts with the others, and with itself no second time", async () => {
  const web = await readMachine(parseMachineName("web"));
  const call = (() => Promise.resolve({ memory: 1536, disk: null })) as unknown as Call;
  expect(await refuseMoreMemory(1536, web, call).then(() => null, codeIn)).toBeNull();
  expect(await refuseMoreMemory(1537, web, call).then(() => null, codeIn)).toBe("quota-memory");
});

test("a size is a number of MiB, and no more than the computer has", () => {
  expect(parseMemory("64")).toBe(64);
  for (const text of ["63", "1G", "", "-1"]) expect(codeOf(() => parseMemory(text))).toBe("memory-invalid");
  expect(codeOf(() => parseMemory("999999999"))).toBe("memory-above");
});

const codeIn = (error: unknown) => (error instanceof TarrError ? error.code : String(error));
