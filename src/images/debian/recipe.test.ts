import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../host/command.ts";
import type { ImageName } from "../../model/names.ts";
import type { Recipe } from "../../model/recipe.ts";
import { recipeFiles } from "./recipe.ts";

const plain: Recipe = {
  ...{ name: "x" as ImageName, suite: "trixie", memory: 512 },
  ...{ packages: [], users: [], files: [], commands: [] },
};

/** Runs the script as a build does, with commands that do no harm here. */
async function runs(recipe: Recipe) {
  const folder = mkdtempSync(join(tmpdir(), "tarr-recipe-"));
  try {
    for (const [name, content] of recipeFiles(recipe)) writeFileSync(join(folder, name), content);
    const result = await run(["sh", join(folder, "run")], { cwd: folder });
    const made = await run(["ls"], { cwd: folder });
    const read = (name: string) => readFileSync(join(folder, name), "utf8");
    return { ...result, made: made.stdout.split("\n"), a: made.stdout.includes("a.txt") ? read("a.txt") : "" };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("without a recipe nothing is done", async () => {
  const folder = recipeFiles(null);
  expect([...folder]).toEqual([["run", ""]]);
  expect(await runs(plain)).toMatchObject({ code: 0, stdout: "", stderr: "" });
});

test("commands are run in order, whatever quotes they hold", async () => {
  const commands = ['echo "it\'s" $((1 + 1)) >a.txt', "cat a.txt", "printf '%s\\n' '$HOME' >>a.txt"];
  expect(await runs({ ...plain, commands })).toMatchObject({ code: 0, stdout: "it's 2\n", a: "it's 2\n$HOME\n" });
});

test("the first that fails ends it, and is named as mmdebstrap names an error", async () => {
  const { code, stdout, made } = await runs({ ...plain, commands: ["false 'x'", "touch b.txt"] });
  expect(code).toBe(1);
  expect(stdout).toBe("E: false 'x': 1\n");
  expect(made).not.toContain("b.txt");
});

test("a password is a word of the shell's, whatever it holds", () => {
  const text = recipeFiles({ ...plain, users: [{ name: "alice", password: "a'$(b)", sudo: true }] }).get("run") ?? "";
  expect(text).toContain("useradd -m -s /bin/bash alice\nusermod -aG sudo alice\n");
  expect(text).toContain(String.raw`alice 'a'\''$(b)' | chpasswd`);
});
