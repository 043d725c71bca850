import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";

test.each(["docs/en/administration.md", "docs/fr/administration.md"])("%s lists every id of a line", (path) => {
  const ids = [...readFileSync("src/daemon/journal.ts", "utf8").matchAll(/"([0-9a-f]{32})"/g)].map(([, id]) => id);
  expect(ids.length).toBeGreaterThan(4);
  const told = readFileSync(path, "utf8");
  expect(ids.filter((id) => !told.includes(`\`${id ?? ""}\``))).toEqual([]);
});
