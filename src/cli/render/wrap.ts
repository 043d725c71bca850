import { displayWidth } from "../../runtime/text.ts";

/** What the narrowest usual terminal shows. */
export const columns = 80;

/** Lines of two columns: what is too long on the right goes on below, at its column. */
export function twoColumns(rows: readonly (readonly [string, string])[]): string[] {
  const widest = Math.max(0, ...rows.map(([left]) => displayWidth(left)).filter((width) => width <= 40));
  const margin = " ".repeat(widest + 2);
  return rows.flatMap(([left, right]) => {
    const lines = wrapped(right, columns - margin.length);
    // What is too long on the left has a line to itself.
    if (displayWidth(left) > widest) return [left, ...lines.map((line) => margin + line)];
    const first = left + " ".repeat(widest - displayWidth(left)) + "  " + (lines[0] ?? "");
    return [first.trimEnd(), ...lines.slice(1).map((line) => margin + line)];
  });
}

/** A text in lines of at most so many places; a word that is longer stays whole. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  // French has a blank before these signs, and no line begins with one.
  for (const word of text.split(/ (?![:;?!»])/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && displayWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
