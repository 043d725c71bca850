import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Context, Run } from "../../src/cli/command.ts";
import { list, start, stop } from "../../src/cli/commands/lab-power.ts";
import { check, down, reset, up } from "../../src/cli/commands/lab.ts";
import { status } from "../../src/cli/commands/lab-status.ts";
import { runChecks } from "../../src/cli/lab/checks.ts";
import { openRecord } from "../../src/cli/lab/made.ts";
import { TarrError } from "../../src/error.ts";
import { parseLab } from "../../src/labs/parse.ts";
import type { Language } from "../../src/messages/messages.ts";
import { errorText, say } from "../../src/messages/messages.ts";
import { parseMachineName, parseNetworkName } from "../../src/model/names.ts";
import { qemuProvider } from "../../src/providers/qemu/provider.ts";
import type { Stub } from "./stub-service.ts";
import { stubService } from "./stub-service.ts";
import { rejected } from "./thrown.ts";

const text = `networks: {salle: {}}
machines:
  router: {nics: [lab, salle]}
  web: {after: [router]}
  db: {after: [web]}
check:
  - {from: web, to: db, port: 80}
  - {from: host, to: web, ping: true}
  - {from: db, run: id, expect: root}
  - {from: host, to: host, port: 1, reach: no}
  - {from: host, to: host, port: 2}
`;

let stub: Stub;
let file = "";
/** What the hypervisor is told, and which machines run at it. */
let told: string[] = [];
let running = new Set<string>();
const user = spyOn(process, "getuid");
const spies = [
  spyOn(qemuProvider, "machines").mockImplementation(() =>
    Promise.resolve([...running].map((name) => ({ name, state: "running" as const, nics: [] }))),
  ),
  spyOn(qemuProvider, "start").mockImplementation(({ name }) => {
    told.push(`start ${name}`);
    running.add(name);
    return Promise.resolve();
  }),
  spyOn(qemuProvider, "stop").mockImplementation(({ name }, hard) => {
    told.push(`stop ${name}${hard ? " hard" : ""}`);
    if (name === "stuck") return Promise.reject(new Error("it does not stop"));
    running.delete(name);
    return Promise.resolve();
  }),
];
beforeAll(() => void user.mockReturnValue(1000));
afterAll(() => {
  user.mockRestore();
  for (const spy of spies) spy.mockRestore();
});

beforeEach(async () => {
  stub = await stubService();
  file = join(stub.folder, "TP 1.yaml");
  writeFileSync(file, text);
  [told, running] = [[], new Set(["router", "web", "db"])];
  const record = await openRecord("tp-1");
  for (const [index, name] of ["router", "web", "db"].entries()) {
    const port = {
      id: `abc23${index + 2}`,
      interface: `tsabc23${index + 2}`,
      switch: "vswitch0",
      mac: "52:54:00:12:34:56",
    };
    const machine = {
      version: 2,
      name,
      provider: "qemu",
      image: "tiny",
      memory: 128,
      nics: [{ network: "lab", port }],
    };
    mkdirSync(join(stub.folder, "tarr-steps/machines", name), { recursive: true });
    writeFileSync(join(stub.folder, "tarr-steps/machines", name, "machine.json"), JSON.stringify(machine));
    stub.ports.set(port.id, { network: "lab", name, uid: 1000 });
    await record.add({ machine: { name: parseMachineName(name), said: "", port: port.id } });
  }
  await record.add({ network: { name: parseNetworkName("salle"), said: "" } });
  await record.belongTo(file);
});
afterEach(() => stub.close());

async function printed(run: Run, how: Partial<Context> = {}, language: Language = "en") {
  const [lines, notes]: [string[], string[]] = [[], []];
  const context: Context = {
    ...stub.context({ file }),
    say: (key, values) => say(language, key, values),
    ...{ language, print: (line: string) => void lines.push(line), note: (line: string) => void notes.push(line) },
    ...how,
  };
  return { code: await run(context), lines, notes };
}

test("a lab is stopped and started, nothing of it is lost, and its machines wait for each other", async () => {
  expect(await printed(stop)).toMatchObject({ code: 0, lines: ["The machines of the lab tp-1 are stopped."] });
  expect(told.toSorted()).toEqual(["stop db", "stop router", "stop web"]);
  expect((await printed(stop)).lines).toEqual(["No machine of the lab tp-1 is running; nothing was done."]);
  told = [];
  expect(await printed(start)).toMatchObject({ code: 0, lines: ["The machines of the lab tp-1 are running."] });
  expect(told).toEqual(["start router", "start web", "start db"]);
  expect((await printed(start, {}, "fr")).lines).toEqual([
    "Les machines du TP tp-1 tournent déjà ; rien n'a été fait.",
  ]);
  expect(stub.calls.filter((one) => /Create|Delete/.test(one))).toEqual([]);
  expect((await openRecord("tp-1")).made().machines).toHaveLength(3);
});

describe("by the lab's name", () => {
  const named = { argument: () => "tp-1" };

  test("it is stopped and started too; with --hard at once", async () => {
    running.delete("web");
    expect((await printed(start, named)).code).toBe(0);
    expect(told).toEqual(["start web"]);
    told = [];
    expect(await printed(stop, { ...named, flag: (name) => name === "hard", json: true })).toMatchObject({
      lines: ['{"lab":"tp-1","stopped":["db","router","web"]}'],
    });
    expect(told.toSorted()).toEqual(["stop db hard", "stop router hard", "stop web hard"]);
  });

  test.each([
    ["gone", () => rmSync(file)],
    ["wrong", () => writeFileSync(file, "machines: 3\n")],
    ["another lab's by now", () => writeFileSync(file, `name: tp-2\n${text}`)],
  ])("it is stopped, started, told and deleted when its file is %s", async (_, spoil) => {
    spoil();
    expect((await printed(stop, named)).lines).toEqual(["The machines of the lab tp-1 are stopped."]);
    told = [];
    const stopped = await printed(status, named);
    expect(stopped.lines.map((line) => line.split(/\s+/).slice(0, 2).join(" "))).toEqual([
      ...["NAME STATE", "router stopped", "web stopped", "db stopped"],
    ]);
    expect(stopped.notes).toEqual([
      `The file '${file}' is gone or wrong: the checks of the lab tp-1 were not made. See: tarr-steps lab check tp-1`,
      "  → Start what is stopped: tarr-steps lab start tp-1",
    ]);
    // As they were made.
    expect((await printed(start, named)).code).toBe(0);
    expect(told).toEqual(["start router", "start web", "start db"]);
    stub.networks.push("salle");
    expect((await printed(down, named)).lines).toEqual(["Nothing is left of the lab tp-1."]);
    expect([...stub.ports.keys(), ...stub.networks]).toEqual([]);
    expect((await openRecord("tp-1")).made()).toEqual({ networks: [], machines: [] });
  });

  test("without its file what is there of it is started, and what failed is started again by the command that is told", async () => {
    rmSync(file);
    rmSync(join(stub.folder, "tarr-steps/machines/web"), { recursive: true });
    running.clear();
    spyOn(qemuProvider, "start").mockRejectedValueOnce(new TarrError("no-provider", { reasons: "" }));
    const error = await rejected(printed(start, named));
    expect(error.values["names"]).toBe("router");
    expect(errorText(error, "en").hint).toEndWith("once they are gone: tarr-steps lab start tp-1");
    expect([...running]).toEqual(["db"]);
  });

  test("what needs its file says that it is gone, and what goes without", async () => {
    rmSync(file);
    for (const [run, typed] of [
      [check, named],
      [reset, named],
      [up, named],
      [down, {}],
      [status, {}],
    ] as const) {
      const error = await rejected(printed(run, typed));
      expect([error.code, error.class]).toEqual(["lab-file-gone", "document"]);
      expect(errorText(error, "en").message).toBe(`The file '${file}' of the lab tp-1 is gone.`);
      expect(errorText(error, "en").hint).toContain("tarr-steps lab down tp-1");
    }
  });

  test("whose file was given another name, nothing is done to that one", async () => {
    writeFileSync(file, `name: tp-2\n${text}`);
    for (const run of [check, reset, up]) expect((await rejected(printed(run, named))).code).toBe("lab-file-other");
  });

  test("a folder that is called so is not taken for its file", async () => {
    const before = process.cwd();
    mkdirSync(join(stub.folder, "tp-1"));
    process.chdir(stub.folder);
    try {
      expect((await printed(stop, named)).code).toBe(0);
      expect((await printed(down, { ...named, flag: (name) => name === "dry-run" })).code).toBe(0);
    } finally {
      process.chdir(before);
    }
  });
});

test("a machine that is missing is not made by start", async () => {
  rmSync(join(stub.folder, "tarr-steps/machines/db"), { recursive: true });
  const error = await rejected(printed(start));
  expect(error).toMatchObject({ code: "lab-unmade", values: { name: "db" } });
  expect(error.values["file"]).toBe(`'${file}'`);
  expect(existsSync(join(stub.folder, "tarr-steps/machines/db"))).toBe(false);
});

test("the labs that made something here are listed, with what runs of them", async () => {
  running.delete("db");
  expect((await printed(list)).lines.map((line) => line.replace(/\s+/g, " "))).toEqual([
    "NAME RUNNING MACHINES NETWORK FILE",
    `tp-1 2 3 salle ${file}`,
  ]);
  expect(JSON.parse((await printed(list, { json: true })).lines.join(""))).toMatchObject({
    labs: [{ name: "tp-1", file, networks: ["salle"], machines: [{}, {}, { name: "db", state: "stopped" }] }],
  });
  rmSync(join(stub.folder, "tarr-steps/labs"), { recursive: true });
  expect((await printed(list)).lines).toEqual(["No lab made anything here. To make one: tarr-steps lab up FILE"]);
});

test.each([
  [
    "en",
    "✗ web → db:80 expected: reached; found: could not be tried (db stopped)",
    "✗ db id expected: “root”; found: could not be tried (db stopped)",
    "→ Start what is stopped: tarr-steps lab start",
  ],
  [
    "fr",
    "✗ web → db:80 attendu : jointe ; obtenu : n'a pas pu être essayé (db arrêtée)",
    "✗ db id attendu : « root » ; obtenu : n'a pas pu être essayé (db arrêtée)",
    "→ Pour démarrer ce qui est arrêté : tarr-steps lab start",
  ],
] as const)("a machine that is stopped is named as the cause, and how to start it (%s)", async (language, ...told) => {
  running.delete("db");
  const [reach, command, hint] = told;
  // A check of this computer's own port is tried again and again: that one is not what this is about.
  writeFileSync(file, text.replace(/.*port: 2}\n/, ""));
  const { code, lines, notes } = await printed(status, {}, language);
  const rows = lines.map((line) => line.trim().replace(/\s+/g, " "));
  expect(code).toBe(1);
  expect(rows).toContain(reach);
  expect(rows).toContain(command);
  expect(rows).toContain("✓ host ↛ host:1");
  expect(notes.join("\n")).toContain(`${hint} '${file}'`);
});

test("what leads through a stopped machine names it as well", async () => {
  running.delete("router");
  writeFileSync(file, text.replace(/check:[^]*/, "check: [{from: host, to: web, ping: true}]\n"));
  const { lines } = await printed(status, { json: true });
  expect(JSON.parse(lines.join(""))).toMatchObject({
    checks: [{ ok: false, cause: [{ machine: "router", state: "stopped" }] }],
  });
});

test("checks are made side by side, and each is given up after its time", async () => {
  const many = Array.from({ length: 8 }, () => "  - {from: host, to: host, port: 1}\n").join("");
  const { lab } = parseLab("tp.yaml", `machines: {web: {}}\ncheck:\n${many}`);
  const begin = performance.now();
  const results = await runChecks(lab, [], { context: stub.context(), seconds: 3 });
  expect(results.map(({ ok, said }) => `${ok} ${said}`)).toEqual(Array.from({ length: 8 }, () => "false no"));
  // One after the other they take twenty-four.
  expect(performance.now() - begin).toBeLessThan(8_000);
});
