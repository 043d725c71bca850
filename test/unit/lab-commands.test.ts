import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { anyCard, build } from "../../src/cli/build.ts";
import { down } from "../../src/cli/commands/lab.ts";
import { furnish } from "../../src/cli/lab/furnish.ts";
import { holding } from "../../src/cli/lab/lock.ts";
import { openRecord } from "../../src/cli/lab/made.ts";
import { parseLab } from "../../src/labs/parse.ts";
import { planUp, saidOf } from "../../src/labs/plan.ts";
import { parseNetworkName } from "../../src/model/names.ts";
import { qemuProvider } from "../../src/providers/qemu/provider.ts";
import { claimFolder } from "../../src/providers/records.ts";
import type { Stub } from "./stub-service.ts";
import { stubService } from "./stub-service.ts";
import { rejected } from "./thrown.ts";

let stub: Stub;
beforeEach(async () => {
  stub = await stubService();
});
afterEach(() => stub.close());

const text = "machines:\n  web: {}\n";

test("a command that changes a lab is refused while another is at work on it; what is only told is not", async () => {
  const file = join(stub.folder, "tp.yaml");
  writeFileSync(file, text);
  const context = stub.context({ file });
  const seen = await holding("tp", async () => [
    (await rejected(down(context))).code,
    await down({ ...context, flag: (name) => name === "dry-run" }),
  ]);
  expect(seen).toEqual(["lab-busy", 0]);
  expect(await down(context)).toBe(0);
});

test("a machine whose wait was interrupted is waited for, and a second lab up does nothing", async () => {
  const lab = parseLab("tp.yaml", text);
  const [machine] = lab.machines;
  if (machine === undefined) throw new Error("constants");
  const image = { format: 2, name: "tiny", architecture: "x86_64", disk: null, firmware: ["bios"], tree: null };
  const more = { firstBoot: "none", user: "root", system: "Debian", memory: 128, built: "2026-01-01T00:00:00Z" };
  mkdirSync(join(stub.folder, "tarr-steps/images/tiny"), { recursive: true });
  writeFileSync(join(stub.folder, "tarr-steps/images/tiny/image.json"), JSON.stringify({ ...image, ...more }));
  const context = stub.context();
  await claimFolder(machine.name);
  const provider = { ...qemuProvider, create: () => Promise.resolve() };
  const cards = [anyCard(parseNetworkName("lab"))];
  const { nics } = await build({ name: machine.name, image: "tiny", memory: 128, cards, provider }, context);
  const port = nics[0].port.id;

  const record = await openRecord("tp");
  await record.add({ machine: { name: machine.name, said: saidOf(machine), port, half: false, ready: false } });
  const present = { networks: new Set(["lab"]), machines: new Map([["web", { state: "running", port } as const]]) };
  const actions = planUp(lab, record.made(), present);
  expect(actions.map((one) => one.do)).toEqual(["await-machine"]);
  await furnish({ lab, record, context }, actions);
  expect(planUp(lab, (await openRecord("tp")).made(), present)).toEqual([]);
});
