/** XDG_DATA_HOME leads to a file: that is told with its value, and is no bug. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { support } from "../../src/cli/commands/support.ts";
import { renderError } from "../../src/cli/render/error.ts";
import { parseMachineName } from "../../src/model/names.ts";
import { claimFolder } from "../../src/providers/records.ts";
import { stubService } from "./stub-service.ts";

const before = process.env["XDG_DATA_HOME"];
beforeAll(() => void (process.env["XDG_DATA_HOME"] = "/dev/null"));
afterAll(() => {
  if (before === undefined) delete process.env["XDG_DATA_HOME"];
  else process.env["XDG_DATA_HOME"] = before;
});

test("a machine that is to be kept there", async () => {
  const error: unknown = await claimFolder(parseMachineName("web")).catch((thrown: unknown) => thrown);
  const { text, exit } = await renderError(error, { language: "en", json: false });
  expect([text, exit]).toEqual([
    `tarr-steps: XDG_DATA_HOME is set to /dev/null, where nothing can be kept: /dev/null/tarr-steps/machines cannot be made.
  → Keep your machines in your home: unset XDG_DATA_HOME; or set it to a folder of yours.`,
    1,
  ]);
});

test("a support file goes to standard output where that is asked for, and not into a file of that name", async () => {
  const stub = await stubService();
  const printed: string[] = [];
  const context = { ...stub.context({ output: "-" }), print: (line: string) => void printed.push(line) };
  expect(await support(context)).toBe(0);
  expect(printed.join("\n")).toStartWith("For a bug report of tarr-steps.");
  expect(await readFile("-", "utf8").catch(() => null)).toBeNull();
  stub.close();
});
