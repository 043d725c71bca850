import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { anyCard, build } from "../../src/cli/build.ts";
import type { Run } from "../../src/cli/command.ts";
import { check, down, up } from "../../src/cli/commands/lab.ts";
import { status } from "../../src/cli/commands/lab-status.ts";
import { furnish } from "../../src/cli/lab/furnish.ts";
import { holding } from "../../src/cli/lab/lock.ts";
import { openRecord } from "../../src/cli/lab/made.ts";
import { openLab } from "../../src/cli/lab/read.ts";
import { renderError } from "../../src/cli/render/error.ts";
import { TarrError } from "../../src/error.ts";
import { parseLab } from "../../src/labs/parse.ts";
import { planUp, saidOf } from "../../src/labs/plan.ts";
import type { Language } from "../../src/messages/messages.ts";
import { errorText } from "../../src/messages/messages.ts";
import { parseMachineName, parseNetworkName } from "../../src/model/names.ts";
import { qemuProvider } from "../../src/providers/qemu/provider.ts";
import { virtualboxProvider } from "../../src/providers/virtualbox/provider.ts";
import { claimFolder } from "../../src/providers/records.ts";
import type { Stub } from "./stub-service.ts";
import { stubService } from "./stub-service.ts";
import { rejected, thrown } from "./thrown.ts";

let stub: Stub;
beforeEach(async () => {
  stub = await stubService();
});
afterEach(() => stub.close());

const text = "machines:\n  web: {}\n";

function imageTiny(): void {
  const disk = { file: "disk.qcow2", sha256: "0".repeat(64) };
  const image = { format: 2, name: "tiny", architecture: "x86_64", disk, firmware: ["bios"], tree: null };
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

describe("a lab whose file does not say its name is called as the file, as far as that is a name", () => {
  test.each([
    ["TP1.yaml", "tp1"],
    ["tp réseau.yaml", "tp-reseau"],
    ["05-image.yaml", "lab-05-image"],
    ["TP.2 (corrigé).YML", "tp-2-corrige"],
    ["Œuvre_Été.yaml", "oeuvre-ete"],
    ["host.yaml", "lab-host"],
    ["日本.yaml", "lab"],
    [`${"x".repeat(80)}.yaml`, "x".repeat(63)],
    ["a/b/tp.yaml", "tp"],
  ])("%s: %s", (file, name) => {
    expect(String(parseLab(file, text).lab.name)).toBe(name);
  });

  test("a name that is written is taken as it is written, or refused on its line", () => {
    expect(String(parseLab("TP1.yaml", `name: other\n${text}`).lab.name)).toBe("other");
    expect(thrown(() => parseLab("tp1.yaml", `${text}name: TP1\n`)).values).toMatchObject({ line: "3", near: "tp1" });
  });

  /** What a lab of a file made before. */
  async function madeBy(file: string) {
    writeFileSync(file, text);
    const record = await openRecord("tp1");
    await record.add({ machine: { name: parseMachineName("web"), said: "", port: "abc234" } });
    await record.belongTo(file);
  }

  test("two files never take each other's lab", async () => {
    const [first, second] = [join(stub.folder, "TP1.yaml"), join(stub.folder, "tp1.yaml")];
    await madeBy(first);
    writeFileSync(second, text);
    for (const run of [check, down, status]) {
      const error = await rejected(run(stub.context({ file: second })));
      expect(error).toMatchObject({ code: "lab-name-shared", class: "document" });
      expect(errorText(error, "en").message).toBe(
        `The name tp1, made of the name of ${second}, is that of the lab of ${first}.`,
      );
    }
    expect((await openRecord("tp1")).made().machines).toHaveLength(1);
    // A name of its own, and what was told is typed.
    writeFileSync(second, `name: tp1-2\n${text}`);
    expect(await down(stub.context({ file: second }))).toBe(0);
    expect((await openRecord("tp1")).made().machines).toHaveLength(1);
  });

  test("the same file by another path, and one that was moved, are that lab's", async () => {
    const [first, second] = [join(stub.folder, "TP1.yaml"), join(stub.folder, "tp1.yaml")];
    await madeBy(first);
    symlinkSync(first, second);
    expect(String((await openLab(parseLab(second, text))).file())).toBe(first);
    rmSync(second);
    renameSync(first, second);
    expect((await openLab(parseLab(second, text))).made().machines).toHaveLength(1);
  });

  test("what is told to be typed is one word for a shell", () => {
    const error = thrown(() => parseLab("tp l'eau.yaml", "machines: 3\n"));
    expect(errorText(error, "en").hint).toEndWith("tarr-steps lab check 'tp l'\\''eau.yaml'");
  });
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
        exit: 65,
        text: expect.stringMatching(
          /^tarr-steps: tp\.yaml:6: machines\.db\.image: There is no image “nosuch”\..*\n {2}→ .*tarr-steps image list/,
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
      exit: 65,
      text: "tarr-steps: tp.yaml:2: networks.salle: There is a network salle already that the lab tp did not make.",
    });
    expect(stub.calls).not.toContain("CreateNetwork");
  });

  test("all that the service would refuse, in one question, with what else is wrong; it tells what to do", async () => {
    stub.networks.push("salle");
    stub.foreseen.set("b", {
      code: "denied-subnet",
      values: { user: "etu", value: "8.8.8.0/24", allowed: "10.0.0.0/8", prefix: "16" },
    });
    const lines = [...networks, "  b:", "    subnet: 8.8.8.0/24", "machines:", "  web: {image: nosuch, nics: [b]}"];
    for (const run of [check, up]) {
      stub.calls.length = 0;
      const { exit, text } = await told(run, lines);
      expect(exit).toBe(65);
      expect(text.split("\n").map((line) => line.slice(0, 48))).toEqual([
        "tarr-steps: tp.yaml: 3 errors.",
        "  tp.yaml:2: networks.salle: There is a network ",
        "    → It is left alone. Give the lab's network a",
        "  tp.yaml:4: networks.b.subnet: etu may not take",
        "    → Leave the subnet out and a free one is fou",
        "  tp.yaml:6: machines.web.image: There is no ima",
        "    → See which there are: tarr-steps image list",
        "  → Correct these lines, then: tarr-steps lab ch",
      ]);
      expect(stub.calls.filter((one) => one === "Foresee")).toHaveLength(1);
      expect(stub.calls.filter((one) => /Create|Delete/.test(one))).toEqual([]);
    }
  });

  test("what is wrong with the file alone is told with what the service would refuse, and what is not installed", async () => {
    const missing = new TarrError("provider-missing", {
      provider: "VirtualBox",
      install: "sudo apt install virtualbox",
    });
    const spy = spyOn(virtualboxProvider, "available").mockResolvedValue({ usable: false, error: missing });
    stub.networks.push("salle");
    const lines = [
      ...[...networks, "  Dmz: {}", "machines:", "  web: {memroy: 128, provider: virtualbox}"],
      ...["  db: {nics: [Dmz, salle]}"],
    ];
    for (const run of [check, up]) {
      stub.calls.length = 0;
      const { exit, text } = await told(run, lines);
      expect(exit).toBe(65);
      expect(
        text
          .split("\n")
          .filter((line) => /^ {2}tp/.test(line))
          .map((line) => line.slice(0, 62)),
      ).toEqual([
        "  tp.yaml:2: networks.salle: There is a network salle already ",
        "  tp.yaml:3: networks.Dmz: “Dmz” is not a valid network name: ",
        "  tp.yaml:5: machines.web.memroy: there is no key “memroy” her",
        "  tp.yaml:5: machines.web.provider: VirtualBox is not installe",
      ]);
      expect(stub.calls.filter((one) => /Create|Delete/.test(one))).toEqual([]);
    }
    spy.mockRestore();
  });

  test("without a service the file alone is judged, and that is said", async () => {
    stub.close();
    const notes: string[] = [];
    const file = join(stub.folder, "tp.yaml");
    mkdirSync(stub.folder, { recursive: true });
    writeFileSync(file, text);
    const context = { ...stub.context({ file }), note: (line: string) => void notes.push(line) };
    expect(await check(context)).toBe(0);
    expect(notes).toEqual(["The service does not answer; whether it would make this lab was not asked."]);
    expect((await told(check, ["machines: {web: {memory: 3}}"])).exit).toBe(65);
    stub = await stubService();
  });

  test("the second of two networks is refused: the first goes again, and is no longer known as the lab's", async () => {
    stub.refusals.set("b", { code: "subnet-taken", values: { value: "10.0.0.0/8", interface: "eth0" } });
    const lines = ["networks:", "  a: {}", "  b: {subnet: 10.0.0.0/24}", "machines: {web: {nics: [a]}}"];
    imageTiny();
    const { exit, text } = await told(up, lines);
    // What came between the question and the work.
    expect(exit).toBe(64);
    expect(text).toStartWith("tarr-steps: tp.yaml:3: networks.b: ");
    expect(stub.networks).toEqual([]);
    expect((await openRecord("tp")).made()).toEqual({ networks: [], machines: [] });
  });
});
