/** What a teacher's file may be: another one is refused in one sentence, at once, and never read whole. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import type { Run } from "../../src/cli/command.ts";
import { build } from "../../src/cli/commands/image.ts";
import { check } from "../../src/cli/commands/lab.ts";
import { renderError } from "../../src/cli/render/error.ts";
import type { Stub } from "./stub-service.ts";
import { stubService } from "./stub-service.ts";

let stub: Stub;
const before = process.cwd();
beforeEach(async () => {
  stub = await stubService();
  process.chdir(stub.folder);
});
afterEach(() => {
  process.chdir(before);
  stub.close();
});

/** Exit code, sentence and hint. */
async function told(run: Run, typed: string, language: "en" | "fr" = "en") {
  const error: unknown = await run(stub.context({ file: typed, image: typed })).catch((failure: unknown) => failure);
  const { exit, text } = await renderError(error, { language, json: false });
  return [exit, ...text.split("\n")];
}

const ten = () => "#".repeat(10 * 1024 * 1024);

describe.each([
  ["a lab file", check],
  ["a recipe", build],
] as const)("%s", (_, run) => {
  test("that is huge", async () => {
    writeFileSync("tp 1.yaml", ten());
    expect(await told(run, "tp 1.yaml")).toEqual([
      ...[65, "tarr-steps: The file tp 1.yaml is larger than 1 MiB: it is neither a lab file nor a recipe."],
      "  → See what lies there: ls -l .",
    ]);
  });

  test("that never ends, waits for a writer, or is a folder", async () => {
    symlinkSync("/dev/zero", "zero.yaml");
    expect(Bun.spawnSync(["mkfifo", "fifo.yaml"]).exitCode).toBe(0);
    mkdirSync("folder.yaml");
    for (const typed of ["zero.yaml", "fifo.yaml", "folder.yaml"]) {
      expect(await told(run, typed)).toEqual([
        ...[65, `tarr-steps: ${typed} is not a regular file.`, `  → See what it is: ls -ld ${typed}`],
      ]);
    }
  });

  test("that is said to be empty, as the kernel's files are, is read no further", async () => {
    symlinkSync("/proc/self/pagemap", "map.yaml");
    expect((await told(run, "map.yaml"))[0]).toBe(65);
  });

  test("that is not there, with folders that are there", async () => {
    const [exit, sentence, hint] = await told(run, "./none/tp.yaml");
    expect([exit, sentence]).toEqual([
      ...[65, `tarr-steps: There is no ${run === check ? "file" : "recipe"} ./none/tp.yaml.`],
    ]);
    expect(hint).toStartWith("  → See what lies there: ls .;");
    expect((await told(run, "tp.yaml", "fr"))[2]).toStartWith("  → Voir ce qu'il y a là : ls . ;");
    if (run === build) expect(hint).toEndWith("man tarr-steps; without a recipe: tarr-steps image build debian-13");
  });
});

test("a file beside it is bounded as well, and is text", async () => {
  writeFileSync("big", "x".repeat(5 * 1024 * 1024));
  writeFileSync("latin1", Buffer.from([0xe9, 0x0a]));
  symlinkSync("/dev/zero", "zero");
  expect(Bun.spawnSync(["mkfifo", "fifo"]).exitCode).toBe(0);
  const names = ["big", "big", "zero", "fifo", ".", "latin1", "none"];
  const files = names.map((name, index) => `      /f${index}: {source: ${name}}`);
  writeFileSync("tp.yaml", ["machines:", "  web:", "    files:", ...files, ""].join("\n"));
  const [exit, ...lines] = await told(check, "tp.yaml");
  expect(exit).toBe(65);
  const faults = lines.filter((line) => String(line).startsWith("  tp.yaml")).map((line) => String(line));
  expect(faults.map((line) => line.replace(/^.*source: /, ""))).toEqual([
    "with “big”, the files beside this one are larger than 8 MiB together.",
    ...["“zero” is not a regular file.", "“fifo” is not a regular file."],
    ...["“.” is not a regular file.", "the file “latin1” is not text in UTF-8."],
    "the file “none” beside the lab file cannot be read.",
  ]);
});

test.skipIf(process.getuid?.() === 0)("one that its user may not read", async () => {
  writeFileSync("tp.yaml", "machines: {web: {}}\n");
  chmodSync("tp.yaml", 0);
  expect((await told(check, "tp.yaml"))[1]).toBe("tarr-steps: You may not read the file tp.yaml.");
});
