import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { commandsOf } from "./page.ts";

test("the page of five minutes shows the same commands in both languages", () => {
  const [english, french] = ["en", "fr"].map((language) =>
    commandsOf(readFileSync(`docs/${language}/start.md`, "utf8")),
  );
  expect(english?.length ?? 0).toBeGreaterThan(10);
  expect(french).toEqual(english ?? []);
});

test.each(["en", "fr"])("the page of LXC (%s) asks for no package beyond those of its first lines", (language) => {
  const page = readFileSync(`docs/${language}/lxc.md`, "utf8");
  const installed = [...page.matchAll(/apt install ([^\n`]+)/g)].map(([, names = ""]) => names.trim());
  expect([...new Set(installed)]).toEqual(["lxc uidmap"]);
  expect(page).not.toContain("setfacl");
});
