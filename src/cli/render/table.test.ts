import { expect, test } from "bun:test";
import { table } from "./table.ts";

test("columns line up by what a terminal shows", () => {
  const rows = [
    ["NOM", "ÉTAT", "RÉSEAU"],
    ["web", "arrêtée", "lab"],
    ["网络", "🙂", "x"],
    ["e\u0301te\u0301", "1", "y"],
  ];
  expect(table(rows)).toEqual([
    "NOM   ÉTAT     RÉSEAU",
    "web   arrêtée  lab",
    "网络  🙂       x",
    "e\u0301te\u0301   1        y",
  ]);
});

test("no line ends in blanks, and an empty cell keeps its place", () => {
  expect(
    table([
      ["a", "", "c"],
      ["long", "b", ""],
    ]),
  ).toEqual(["a        c", "long  b"]);
});

test("no rows, no lines; rows may be of different lengths", () => {
  expect(table([])).toEqual([]);
  expect(table([["a"], ["b", "c"]])).toEqual(["a", "b  c"]);
});
