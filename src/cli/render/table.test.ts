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

test("no cell moves the cursor or makes a line of its own", () => {
  const rows = [
    ["NAME", "STATE"],
    ["\u001b[2Jx\nroot  up", "\u009b1Aup"],
    ["web", "stopped"],
  ];
  expect(table(rows)).toEqual(["NAME            STATE", "?[2Jx?root  up  ?1Aup", "web             stopped"]);
});

test("a colour is put around a clean cell, and takes no place", () => {
  const paint = (cell: string, { row, column }: { row: number; column: number }) =>
    row === 1 && column === 0 ? `<${cell}>` : cell;
  const rows = [
    ["long", "x"],
    ["a\u001b", "y"],
  ];
  expect(table(rows, paint)).toEqual(["long  x", "<a?>    y"]);
});
