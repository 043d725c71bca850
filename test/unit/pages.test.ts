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
