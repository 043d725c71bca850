/** What a user puts in the place of a record: root's commands read it too, as that user. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openRecord } from "../../src/cli/lab/made.ts";
import { readImageRecord } from "../../src/images/record.ts";
import { parseMachineName } from "../../src/model/names.ts";
import { nativeMachines } from "../../src/providers/lxc/containers.ts";
import { withIncludes } from "../../src/providers/lxc/includes.ts";
import { listPlugged } from "../../src/providers/plugs.ts";
import { listMachines, readMachine, writeMachine } from "../../src/providers/records.ts";
import { rejected } from "./thrown.ts";

let folder = "";
let before: string | undefined;
beforeEach(() => {
  before = process.env["XDG_DATA_HOME"];
  folder = mkdtempSync(join(tmpdir(), "pipes-"));
  process.env["XDG_DATA_HOME"] = folder;
});
afterEach(() => {
  if (before === undefined) delete process.env["XDG_DATA_HOME"];
  else process.env["XDG_DATA_HOME"] = before;
  rmSync(folder, { recursive: true });
});

function pipe(name: string): string {
  const path = join(folder, "tarr-steps", name);
  mkdirSync(dirname(path), { recursive: true });
  expect(Bun.spawnSync(["mkfifo", path]).exitCode).toBe(0);
  return path;
}

const port = { id: "abc234", interface: "tsabc234", switch: "vswitch0", mac: "52:54:00:12:34:56" };
const web = { name: "web", provider: "qemu", image: "tiny", memory: 128, nics: [{ network: "lab", port }] };

test("a pipe for a machine's record does not hold up the list, and is told as a broken record", async () => {
  pipe("machines/ff/machine.json");
  await writeMachine(web as never);
  expect((await listMachines()).map(({ name }) => String(name))).toEqual(["web"]);
  expect((await rejected(readMachine(parseMachineName("ff")))).code).toBe("machine-record-broken");
});

test("a machine's record that would fill the memory is not read", async () => {
  const path = join(folder, "tarr-steps/machines/huge/machine.json");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "{");
  truncateSync(path, 65 * 1024 * 1024);
  expect(await listMachines()).toEqual([]);
  expect((await rejected(readMachine(parseMachineName("huge")))).code).toBe("machine-record-broken");
});

test("nor do pipes for the records of plugs, images and labs", async () => {
  pipe("plugs/abc234.json");
  pipe("labs/tp.json");
  const image = dirname(pipe("images/own/image.json"));
  expect((await rejected(listPlugged())).code).toBe("state-unreadable");
  expect((await rejected(openRecord(parseMachineName("tp")))).code).toBe("lab-record-broken");
  expect((await rejected(readImageRecord(image))).code).toBe("image-damaged");
});

test("nor do pipes for the settings of containers", async () => {
  const config = pipe("machines/ff/config");
  expect(await withIncludes(`lxc.include = ${config}`)).toBe("");
  expect(await nativeMachines(["ff"])).toMatchObject([{ name: "ff" }]);
});
