import { harmless } from "../../model/names.ts";
import { displayWidth } from "../../runtime/text.ts";

/** Gives a cell its colour, which takes no place. */
export type Paint = (cell: string, at: { readonly row: number; readonly column: number }) => string;

/**
 * Columns that line up, by what a terminal shows: an accent counts as one place. No line ends in blanks.
 *
 * Names of hypervisors' own machines and of files are whatever somebody called them: no cell moves the cursor, or
 * makes a line of its own that says what is not so.
 */
export function table(rows: readonly (readonly string[])[], paint: Paint = (cell) => cell): string[] {
  const clean = rows.map((row) => row.map(harmless));
  const widths: number[] = [];
  for (const row of clean) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, displayWidth(cell));
    });
  }
  return clean.map((cells, row) =>
    cells
      .map((cell, column) => paint(cell, { row, column }) + " ".repeat((widths[column] ?? 0) - displayWidth(cell)))
      .join("  ")
      .trimEnd(),
  );
}
