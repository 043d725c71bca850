import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { root } from "./sources.ts";

const read = (path: string) => readFileSync(join(root, path), "utf8");
const copyright = read("debian/copyright");
type Package = { readonly license: string; readonly dependencies?: Readonly<Record<string, string>> };
const packageAt = (path: string) => JSON.parse(read(path)) as Package;

/** SPDX says MIT for what Debian calls Expat. */
const debianName = (licence: string) => (licence === "MIT" ? "Expat" : licence);
/** Bun is among the tools that build; its runtime is in the executable all the same. */
const bundled = [...Object.keys(packageAt("package.json").dependencies ?? {}), "bun"];

describe("debian/copyright", () => {
  test.each(bundled)("names %s and its licence", (name) => {
    const stanza = copyright.split("\n\n").find((one) => one.startsWith(`Files: node_modules/${name}/*\n`));
    const { license } = packageAt(`node_modules/${name}/package.json`);
    expect(stanza).toMatch(new RegExp(`^License: ${debianName(license)}\\b`, "m"));
  });

  test("has the text of each licence that it names", () => {
    const named = [...copyright.matchAll(/^ ?License: (.+)$/gm)].flatMap(([, names = ""]) => names.split(" and "));
    const texts = [...copyright.matchAll(/^License: (\S+)\n /gm)].map(([, name]) => name);
    expect([...new Set(named)].filter((name) => !texts.includes(name))).toEqual([]);
  });
});
