/** The manual pages, in both languages. Asks for mandoc. */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "bun:test";
import { commands } from "../../src/cli/commands.ts";
import { run } from "../../src/host/command.ts";

const pages = [
  ["docs/man/tarr-steps.1", "docs/man/fr/tarr-steps.fr.1"],
  ["docs/man/tarr-steps.yaml.5", "docs/man/fr/tarr-steps.yaml.fr.5"],
  ["docs/man/tarr-stepsd.8", "docs/man/fr/tarr-stepsd.fr.8"],
] as const;

test.each(pages.flat())("%s: mandoc has no warning", async (page) => {
  expect(await run(["mandoc", "-Tlint", "-W", "warning", page])).toMatchObject({ code: 0, stdout: "", stderr: "" });
});

/** What a page tells of, whatever the language: sections and each command, option, variable and file. */
function outline(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => /^\.(?:Sh|It (?:Cm|Fl|Ev|Pa))\b/.test(line))
    .map((line) => (line.startsWith(".It") ? line.split(/ (?:Ar|Op|Oo|Ns)\b/)[0] : line) ?? "");
}

test.each(pages)("%s and %s tell of the same things", async (english, french) => {
  const [one, other] = await Promise.all([readFile(english, "utf8"), readFile(french, "utf8")]);
  expect(outline(other)).toEqual(outline(one));
  expect(outline(one).length).toBeGreaterThan(8);
});

describe("every command has its entry, with its options", () => {
  test.each(pages[0])("%s", async (page) => {
    const entries = (await readFile(page, "utf8")).split("\n").filter((line) => line.startsWith(".It Cm"));
    const missing = commands.filter(({ path, options }) => {
      const own = entries.filter((line) => line.startsWith(`.It Cm ${path.join(" ")}`)).join(" ");
      return own === "" || Object.keys(options).some((name) => !own.includes(`Fl -${name}`));
    });
    expect(missing.map(({ path }) => path.join(" "))).toEqual([]);
  });
});
