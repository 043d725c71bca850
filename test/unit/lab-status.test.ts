import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Call } from "../../src/api/client.ts";
import type { Context } from "../../src/cli/command.ts";
import { status } from "../../src/cli/commands/lab-status.ts";
import { runChecks } from "../../src/cli/lab/checks.ts";
import { parseLab } from "../../src/labs/parse.ts";
import type { Language } from "../../src/messages/messages.ts";
import { say } from "../../src/messages/messages.ts";
import { parseMachineName } from "../../src/model/names.ts";
import { readMachine } from "../../src/providers/records.ts";

const text = `
name: tp
machines: { web: {}, db: {} }
check:
  - { from: web, to: db, port: 80 }
  - { from: host, to: db, ping: true, reach: no }
  - { from: db, run: "true" }
  - { from: host, to: host, port: 1, reach: no }
`;

let folder = "";
let before: string | undefined;
beforeAll(() => {
  before = process.env["XDG_DATA_HOME"];
  folder = mkdtempSync(join(tmpdir(), "lab-status-"));
  process.env["XDG_DATA_HOME"] = folder;
  const place = join(folder, "tarr-steps");
  for (const name of ["machines/web", "labs"]) mkdirSync(join(place, name), { recursive: true });
  const port = { id: "abc234", interface: "tsabc234", switch: "vswitch0", mac: "52:54:00:12:34:56" };
  const web = {
    version: 2,
    name: "web",
    provider: "qemu",
    image: "tiny",
    memory: 128,
    nics: [{ network: "lab", port }],
  };
  writeFileSync(join(place, "machines/web/machine.json"), JSON.stringify(web));
  const made = { version: 1, networks: [], machines: [{ name: "web", said: "", port: "abc234" }] };
  writeFileSync(join(place, "labs/tp.json"), JSON.stringify(made));
  writeFileSync(join(folder, "tp.yaml"), text);
});
afterAll(() => {
  if (before === undefined) delete process.env["XDG_DATA_HOME"];
  else process.env["XDG_DATA_HOME"] = before;
  rmSync(folder, { recursive: true });
});

/** A service without any network or port. */
const call = ((method: string) => Promise.resolve(method === "ListPorts" ? { ports: [] } : { networks: [] })) as Call;

function contextOf(language: Language, json: boolean) {
  const printed: string[] = [];
  const context: Context = {
    ...{ language, json, call, version: "0", rest: [] },
    say: (key, values) => say(language, key, values),
    argument: () => join(folder, "tp.yaml"),
    option: () => undefined,
    values: () => [],
    flag: () => false,
    print: (line) => printed.push(line),
    note: () => undefined,
  };
  return { context, printed };
}

describe("a lab of which one machine is stopped and one is missing", () => {
  test.each([
    ["en", ["stopped", "missing"], "could not be tried"],
    ["fr", ["arrêtée", "absente"], "n'a pas pu être essayé"],
  ] as const)("is told whole in %s, without waiting for what is not there", async (language, states, word) => {
    const { context, printed } = contextOf(language, false);
    const start = performance.now();
    expect(await status(context)).toBe(1);
    for (const state of states) expect(printed.join("\n")).toContain(state);
    expect(printed.filter((line) => line.includes(word)).length).toBe(3);
    // A check that is tried again takes more than thirteen.
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  test("and for programs", async () => {
    const { context, printed } = contextOf("en", true);
    expect(await status(context)).toBe(1);
    const unknown = { ok: false, said: "unknown" };
    expect(JSON.parse(printed.join(""))).toMatchObject({
      ok: false,
      machines: [{ name: "web", state: "stopped" }],
      checks: [unknown, unknown, unknown, { ok: true, said: "no" }],
    });
  });

  test("one that runs, and of which nobody has seen an address, is no success either", async () => {
    const { lab } = parseLab("tp.yaml", text, () => null);
    const web = await readMachine(parseMachineName("web"));
    const checks = lab.checks.filter(({ what }) => what.kind !== "run" && what.to === "db");
    const db = { ...web, name: parseMachineName("db") };
    const results = await runChecks({ ...lab, checks }, [web, db], { context: contextOf("en", true).context });
    expect(results.map(({ ok, said, known }) => [ok, said, known])).toEqual([
      [false, "unknown", false],
      [false, "unknown", false],
    ]);
  });
});
