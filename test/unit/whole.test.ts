import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./sources.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tarr-steps-whole-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs lines of a command's, sends it a signal once it says `now`, and tells what it printed and how it ended. */
async function interrupted(
  lines: string,
  { signal = "SIGINT", before = [] }: { signal?: NodeJS.Signals; before?: string[] } = {},
) {
  const script = join(folder, "command.ts");
  const head = `import { whole } from "${root}/src/cli/whole.ts";
import { inWorkspace } from "${root}/src/images/workspace.ts";
const tell = (word: string) => process.stdout.write(word + "\\n");
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
`;
  writeFileSync(script, head + lines);
  const child = Bun.spawn([...before, process.execPath, script], { stdout: "pipe", stderr: "inherit", cwd: folder });
  let said = "";
  for await (const bytes of child.stdout) {
    const piece = new TextDecoder().decode(bytes);
    said += piece;
    if (piece.includes("now")) child.kill(signal);
  }
  await child.exited;
  return { said: said.trim().split("\n"), by: child.signalCode };
}

const signals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

test.each(signals)("%s does not cut a section in half, and nothing begins behind it", async (signal) => {
  const lines = `
const other = whole(async () => { await pause(500); tell("other whole"); });
await whole(async () => { tell("now"); await pause(200); tell("whole"); });
tell("behind it");
await whole(async () => tell("another"));
await other;
tell("end");
`;
  expect(await interrupted(lines, { signal })).toEqual({ said: ["now", "whole", "other whole"], by: signal });
});

test("a section that fails is undone before the end", async () => {
  const lines = `
await whole(async () => {
  try { tell("now"); await pause(200); throw new Error("ended by SIGINT"); }
  catch (error) { await pause(100); tell("undone"); throw error; }
}).catch(() => tell("told"));
`;
  expect(await interrupted(lines)).toEqual({ said: ["now", "undone"], by: "SIGINT" });
});

test("a section that is asked for after the signal never begins", async () => {
  const lines = `
void whole(async () => { tell("now"); await pause(400); tell("whole"); });
await pause(250);
await whole(async () => tell("late"));
`;
  expect(await interrupted(lines)).toEqual({ said: ["now", "whole"], by: "SIGINT" });
});

test("between sections and without one a signal ends at once", async () => {
  const lines = `await whole(async () => tell("whole")); tell("now"); await pause(5_000); tell("end");`;
  expect(await interrupted(lines)).toEqual({ said: ["whole", "now"], by: "SIGINT" });
});

test("a workspace inside a section is removed, and the section still comes to its end", async () => {
  const lines = `
await whole(async () => {
  await inWorkspace("image", async () => { tell("now"); await pause(300); });
  tell("whole");
});
tell("end");
`;
  expect(await interrupted(lines)).toEqual({ said: ["now", "whole"], by: "SIGINT" });
  expect([...new Bun.Glob(".image.build-*").scanSync({ cwd: folder, dot: true, onlyFiles: false })]).toEqual([]);
});

test("a workspace behind a section ends at once, and is removed", async () => {
  const lines = `
await whole(async () => tell("whole"));
await inWorkspace("image", async () => { tell("now"); await pause(5_000); tell("end"); });
`;
  expect(await interrupted(lines)).toEqual({ said: ["whole", "now"], by: "SIGINT" });
  expect([...new Bun.Glob(".image.build-*").scanSync({ cwd: folder, dot: true, onlyFiles: false })]).toEqual([]);
});

test.each(["whole(", 'inWorkspace("image", '])("what nohup has ignored stays ignored: %s", async (section) => {
  const lines = `await ${section}async () => { tell("now"); await pause(200); }); tell("end");`;
  const outcome = await interrupted(lines, { signal: "SIGHUP", before: ["nohup"] });
  expect(outcome).toEqual({ said: ["now", "end"], by: null });
});
