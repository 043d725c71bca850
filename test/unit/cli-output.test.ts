import { writeFile } from "node:fs/promises";
import { describe, expect, test } from "bun:test";
import { ServiceError } from "../../src/api/client.ts";
import { commands } from "../../src/cli/commands.ts";
import { examples } from "../../src/cli/examples.ts";
import { parse } from "../../src/cli/parse.ts";
import { renderError } from "../../src/cli/render/error.ts";
import { help } from "../../src/cli/render/help.ts";
import { TarrError } from "../../src/error.ts";
import { languages } from "../../src/messages/messages.ts";
import { dataFolder } from "../../src/providers/folders.ts";
import { displayWidth } from "../../src/runtime/text.ts";

describe("an error", () => {
  const error = new TarrError("denied-administer", { user: "etu1", who: "%tarr-steps-admin" });

  test("is a sentence and the next command to type", async () => {
    expect((await renderError(error, { language: "en", json: false })).text.split("\n")).toEqual([
      "tarr-steps: etu1 may not change networks: that is for root and %tarr-steps-admin.",
      "  → An administrator can grant it: sudo adduser etu1 tarr-steps-admin",
    ]);
  });

  test("is one line of JSON with code, message and hint for programs", async () => {
    const { text, exit } = await renderError(error, { language: "fr", json: true });
    expect(JSON.parse(text)).toEqual({
      error: {
        code: "denied-administer",
        message: expect.stringContaining("etu1") as string,
        hint: expect.stringContaining("sudo adduser etu1 tarr-steps-admin") as string,
      },
    });
    expect([text.includes("\n"), exit]).toEqual([false, 77]);
  });

  test.each([
    [new TarrError("usage-missing-argument", { argument: "NAME", command: "machine start" }), 64],
    [new TarrError("document-syntax", { line: "1", reason: "yaml-tab", value: "x" }), 65],
    [new TarrError("service-unreachable", { reason: "x" }), 69],
    [new TarrError("service-busy", { waiting: "500" }), 75],
    [new TarrError("machine-unknown", { name: "web" }), 1],
    [new ServiceError({ exit: 1, code: "of-tomorrow", message: "A sentence.", hint: "" }), 1],
    [Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write" }), 1],
    [new RangeError("x is undefined"), 70],
    ["a string", 70],
  ])("%#: the exit code is of its class", async (thrown, exit) => {
    expect((await renderError(thrown, { language: "en", json: false })).exit).toBe(exit);
  });

  test("of a write on a full disk is no bug, for people and programs", async () => {
    const error: unknown = await writeFile("/dev/full", "x").catch((thrown: unknown) => thrown);
    const { text } = await renderError(error, { language: "en", json: false });
    expect(text).toContain(`There is no room left for it in ${dataFolder()}.`);
    const json = await renderError(error, { language: "fr", json: true });
    expect(JSON.parse(json.text)).toMatchObject({ error: { code: "disk-full" } });
    expect(json.exit).toBe(1);
  });

  test("that is our bug says so, without a stack", async () => {
    const { text } = await renderError(new RangeError("x is undefined"), { language: "en", json: false });
    expect(text).toContain("This is a bug of tarr-steps: x is undefined");
    expect(text).not.toMatch(/\bat .*\.ts:\d+/);
  });
});

describe.each([...languages])("help in %s", (language) => {
  const all = [[], ...new Set(commands.map(({ path: [group = ""] }) => [group])), ...commands.map(({ path }) => path)];

  test("begins with what a student types first, and leaves the prototype's options to the end", () => {
    const lines = help([], language).split("\n");
    const at = (text: string) => lines.findIndex((line) => line.includes(text));
    const order = ["image build tiny", "machine create web --start", "machine ssh web", "tarr-steps status", "doctor"];
    const places = [...order, "machine --help", "--plage"].map(at);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(places[0]).toBeLessThan(6);
    expect(at("--plage")).toBeGreaterThan(lines.length - 18);
  });

  test("has every command under its heading", () => {
    const text = help([], language).replaceAll(/,?\n {6,}/g, ", ");
    for (const { path } of commands) {
      const [group = "", verb] = path;
      const own = text.split("\n").filter((line) => line.startsWith(`  ${group} `));
      expect(own.map((line) => (verb === undefined ? [] : line.trim().split(/,? +/)))).toEqual([
        verb === undefined ? [] : (expect.arrayContaining([verb]) as string[]),
      ]);
    }
  });

  test("is no longer than two screens, and fits 80 columns without blanks at the end of a line", () => {
    expect(help([], language).split("\n").length).toBeLessThan(56);
    for (const of of all) {
      const wrong = help(of, language)
        .split("\n")
        // An example is typed as it stands.
        .filter((line) => line !== line.trimEnd() || (displayWidth(line) > 80 && !line.startsWith("  tarr-steps")));
      expect({ of, wrong }).toEqual({ of, wrong: [] });
    }
  });

  test("of a group shows each of its commands with what it does, and no other", () => {
    for (const group of new Set(commands.flatMap(({ path }) => (path.length > 1 ? path.slice(0, 1) : [])))) {
      const own = commands.filter(({ path }) => path[0] === group);
      const lines = help([group], language)
        .split("\n")
        .filter((line) => line.startsWith("  tarr-steps "));
      expect(lines.map((line) => line.trim().split(/ {2,}/)[0])).toEqual(
        own.map(({ path }) => `tarr-steps ${path.join(" ")}`),
      );
    }
  });

  test.each(commands.map((command) => [command.path.join(" "), command] as const))(
    "of %s has words for each argument and option, and an example",
    (path, command) => {
      const text = help(command.path, language);
      // What has no words would be shown by its key.
      expect(text).not.toMatch(/\b(?:argument|option|details|value)-[a-z]/);
      for (const name of Object.keys(command.options))
        expect(text).toMatch(new RegExp(`^  --${name}( \\S+)* {2,}\\S`, "m"));
      expect(text).toContain(`\n  tarr-steps ${path}`);
    },
  );
});

test.each(Object.entries(examples))("the example of %s can be typed", async (summary, example) => {
  const words = (example.split(/ [>|]/)[0] ?? "").split(" ");
  expect(await parse(words)).toMatchObject({ kind: "command", command: { summary } });
});

test("help of a command shows how it is typed, with what its options are when they are left out", () => {
  expect(help(["network", "set"], "en").split("\n")[0]).toBe(
    "Usage: tarr-steps network set NETWORK [KEY=VALUE...] [OPTION...]",
  );
  expect(help(["network", "show"], "en").split("\n")[0]).toBe("Usage: tarr-steps network show [NETWORK] [OPTION...]");
  expect(help(["machine", "create"], "en")).toContain("(default: tiny)");
  expect(help(["machine", "create"], "fr")).toContain("  --network RÉSEAU  ");
});
