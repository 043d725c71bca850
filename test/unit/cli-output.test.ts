import { writeFile } from "node:fs/promises";
import { describe, expect, test } from "bun:test";
import { ServiceError } from "../../src/api/client.ts";
import { commands } from "../../src/cli/commands.ts";
import { renderError } from "../../src/cli/render/error.ts";
import { help } from "../../src/cli/render/help.ts";
import { TarrError } from "../../src/error.ts";
import { languages } from "../../src/messages/messages.ts";
import { dataFolder } from "../../src/providers/folders.ts";

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
    [new TarrError("document-syntax", { line: "1", reason: "x" }), 65],
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
  test("names every command once", () => {
    const lines = help([], language).split("\n");
    for (const { path } of commands) {
      expect(lines.filter((line) => line.startsWith(`  tarr-steps ${path.join(" ")}  `)).length).toBe(1);
    }
  });

  test("has no line that ends in blanks", () => {
    const lines = help([], language).split("\n");
    expect(lines.filter((line) => line !== line.trimEnd())).toEqual([]);
  });

  test("of a group shows that group alone", () => {
    expect(
      help(["network"], language)
        .split("\n")
        .every((line) => line.startsWith("  tarr-steps network ")),
    ).toBe(true);
  });
});

test("help of a command shows how it is typed", () => {
  expect(help(["network", "set"], "en").split("\n")[0]).toBe(
    "Usage: tarr-steps network set NETWORK [SETTING...] [--dry-run] [--yes] [--json]",
  );
  expect(help(["network", "show"], "en").split("\n")[0]).toBe("Usage: tarr-steps network show [NETWORK] [--json]");
  expect(help(["machine", "create"], "fr")).toContain("[--network RÉSEAU]");
});
