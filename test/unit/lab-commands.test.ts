import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { anyCard, build } from "../../src/cli/build.ts";
import type { Run } from "../../src/cli/command.ts";
import { check, down, up } from "../../src/cli/commands/lab.ts";
import { furnish } from "../../src/cli/lab/furnish.ts";
import { holding } from "../../src/cli/lab/lock.ts";
import { openRecord } from "../../src/cli/lab/made.ts";
import { renderError } from "../../src/cli/render/error.ts";
import { parseLab } from "../../src/labs/parse.ts";
import { planUp, saidOf } from "../../src/labs/plan.ts";
import type { Language } from "../../src/messages/messages.ts";
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

function imageTiny(): void {
  const image = { format: 2, name: "tiny", architecture: "x86_64", disk: null, firmware: ["bios"], tree: null };
  const more = { firstBoot: "none", user: "root", system: "Debian", memory: 128, built: "2026-01-01T00:00:00Z" };
  mkdirSync(join(stub.folder, "tarr-steps/images/tiny"), { recursive: true });
  writeFileSync(join(stub.folder, "tarr-steps/images/tiny/image.json"), JSON.stringify({ ...image, ...more }));
}

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
  const { lab, source } = parseLab("tp.yaml", text);
  const [machine] = lab.machines;
  if (machine === undefined) throw new Error("constants");
  imageTiny();
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
  await furnish({ lab, source, record, context }, actions);
  expect(planUp(lab, (await openRecord("tp")).made(), present)).toEqual([]);
});

/** The one error that a command of a file's ends with, as it is printed. */
async function told(run: Run, lines: readonly string[], language: Language = "en") {
  const file = join(stub.folder, "tp.yaml");
  writeFileSync(file, `${lines.join("\n")}\n`);
  const error: unknown = await run(stub.context({ file })).then(
    () => null,
    (failure: unknown) => failure,
  );
  const { exit, text } = await renderError(error, { language, json: false });
  return { exit, text: text.replaceAll(file, "tp.yaml") };
}

describe("what stands in the way of a lab is told with the file's line, and nothing is made", () => {
  // Who runs the tests may be root, for whom no machine is made.
  const user = spyOn(process, "getuid");
  beforeAll(() => void user.mockReturnValue(1000));
  afterAll(() => user.mockRestore());

  const networks = ["networks:", "  salle: {}"];
  const noImage = [...networks, "machines:", "  web: {}", "  db:", "    image: nosuch"];

  for (const [name, run] of Object.entries({ check, up })) {
    test(`an image that is missing, by lab ${name}`, async () => {
      expect(await told(run, noImage)).toMatchObject({
        exit: 1,
        text: expect.stringMatching(
          /^tarr-steps: tp\.yaml:6: machines\.db\.image: There is no image “nosuch”\.\n {2}→ .*tarr-steps image list/,
        ) as string,
      });
      expect(stub.calls).not.toContain("CreateNetwork");
    });
  }

  test("and in French", async () => {
    const { text } = await told(check, noImage, "fr");
    expect(text).toStartWith("tarr-steps: tp.yaml:6 : machines.db.image : L'image « nosuch » n'existe pas.");
  });

  test("somebody else's network", async () => {
    stub.networks.push("salle");
    const { exit, text } = await told(up, [...networks, "machines: {web: {}}"]);
    expect({ exit, text: text.split("\n")[0] }).toEqual({
      exit: 1,
      text: "tarr-steps: tp.yaml:2: networks.salle: There is a network salle already that the lab tp did not make.",
    });
    expect(stub.calls).not.toContain("CreateNetwork");
  });

  test("the second of two networks is refused: the first goes again, and is no longer known as the lab's", async () => {
    stub.refusals.set("b", { code: "subnet-taken", values: { value: "10.0.0.0/8", interface: "eth0" } });
    const lines = ["networks:", "  a: {}", "  b: {subnet: 10.0.0.0/24}", "machines: {web: {nics: [a]}}"];
    imageTiny();
    const { exit, text } = await told(up, lines);
    expect(exit).toBe(64);
    expect(text).toStartWith("tarr-steps: tp.yaml:3: networks.b: ");
    expect(stub.networks).toEqual([]);
    expect((await openRecord("tp")).made()).toEqual({ networks: [], machines: [] });
  });
});
