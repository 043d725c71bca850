import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stateWords } from "../../src/cli/machine-view.ts";
import { parseMachineName } from "../../src/model/names.ts";
import { files } from "../../src/providers/qemu/argv.ts";
import { qemuProvider } from "../../src/providers/qemu/provider.ts";
import { readMachine } from "../../src/providers/records.ts";
import { requireOff } from "../../src/providers/registry.ts";
import { rejected } from "./thrown.ts";

let folder = "";
let before: string | undefined;
let monitor: Server;
let status = "";
/** Why a write failed, and whether there is room for it now. */
let reason = "";
let room = true;
let asked: string[] = [];

/** A machine's monitor: all that is left of QEMU here. */
function answer(execute: string): object {
  asked.push(execute);
  if (execute === "query-block") return [{ device: "virtio0", "io-status": status === "io-error" ? reason : "ok" }];
  if (execute === "cont" && status === "io-error" && !room) return {};
  if (execute === "cont" || execute === "system_wakeup") status = "running";
  return execute === "query-status" ? { status } : {};
}

beforeAll(async () => {
  before = process.env["XDG_DATA_HOME"];
  folder = mkdtempSync(join(tmpdir(), "paused-"));
  process.env["XDG_DATA_HOME"] = folder;
  const place = join(folder, "tarr-steps/machines/web");
  mkdirSync(place, { recursive: true });
  const port = { id: "abc234", interface: "tsabc234", switch: "vswitch0", mac: "52:54:00:12:34:56" };
  const nics = [{ network: "lab", port }];
  const record = { version: 2, name: "web", provider: "qemu", image: "tiny", memory: 128, nics };
  writeFileSync(join(place, "machine.json"), JSON.stringify(record));
  monitor = createServer((connection) => {
    connection.write('{"QMP": {}}\n');
    connection.on("data", (piece: Buffer) => {
      for (const line of piece.toString().trim().split("\n")) {
        const { execute } = JSON.parse(line) as { readonly execute: string };
        connection.write(`${JSON.stringify({ return: answer(execute) })}\n`);
      }
    });
  });
  await new Promise<void>((resolve) => monitor.listen(join(place, files.monitor), resolve));
});
afterAll(() => {
  monitor.close();
  if (before === undefined) delete process.env["XDG_DATA_HOME"];
  else process.env["XDG_DATA_HOME"] = before;
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  asked = [];
});

const web = () => readMachine(parseMachineName("web"));

test.each([
  ["paused", "cont"],
  ["suspended", "system_wakeup"],
])("a machine of QEMU's that is %s goes on when it is started", async (state, command) => {
  status = state;
  await qemuProvider.start(await web(), { window: false });
  expect(asked).toContain(command);
  expect(await rejected(qemuProvider.start(await web(), { window: false }))).toMatchObject({ code: "machine-running" });
});

test("a paused machine whose process is there is neither deleted nor brought back, and is not said to run", async () => {
  status = "paused";
  expect(await rejected(requireOff(await web()))).toMatchObject({ code: "machine-paused" });
  status = "running";
  expect(await rejected(requireOff(await web()))).toMatchObject({ code: "machine-running" });
});

test("one that found its disk full is paused, says why, and goes on only when there is room again", async () => {
  [status, reason, room] = ["io-error", "nospace", false];
  const [native] = await qemuProvider.machines(["web"]);
  expect(native).toMatchObject({ state: "paused", cause: "disk-full" });
  expect(stateWords({ state: "paused", cause: "disk-full" }, "en")).toBe("paused (disk full)");
  expect(stateWords({ state: "paused", cause: "disk-full" }, "fr")).toBe("en pause (disque plein)");
  const error = await rejected(qemuProvider.start(await web(), { window: false }));
  expect(error).toMatchObject({ code: "machine-disk-full", values: { name: "web" } });
  room = true;
  await qemuProvider.start(await web(), { window: false });
  expect(await qemuProvider.machines(["web"])).toMatchObject([{ state: "running" }]);
});

test("one whose disk cannot be written for another reason does not say that it is full", async () => {
  [status, reason, room] = ["io-error", "failed", false];
  expect(await qemuProvider.machines(["web"])).toMatchObject([{ state: "paused", cause: "disk-error" }]);
  const error = await rejected(qemuProvider.start(await web(), { window: false }));
  expect(error).toMatchObject({ code: "machine-start-failed", values: { said: "QEMU: io-error" } });
});
