/** A line of somebody else's file with the bytes that end it, so that what we do not change stays as it is. */
export type Line = { readonly text: string; readonly end: string };

/** Every byte is in some line: joined again they are the text. */
export function splitLines(text: string): readonly Line[] {
  const parts = text.split(/(\r\n|\n|\r)/);
  const lines: Line[] = [];
  for (let index = 0; index < parts.length; index += 2) {
    lines.push({ text: parts[index] ?? "", end: parts[index + 1] ?? "" });
  }
  // Behind a final newline there is no further line.
  const last = lines.at(-1);
  return last?.text === "" && last.end === "" ? lines.slice(0, -1) : lines;
}

export function joinLines(lines: readonly Line[]): string {
  return lines.map(({ text, end }) => text + end).join("");
}

/** The lines with one more, ended as the others are. A file without a final newline is still without one. */
export function appendLine(lines: readonly Line[], text: string): readonly Line[] {
  const last = lines.at(-1);
  if (last === undefined) return [{ text, end: "\n" }];
  if (last.end !== "") return [...lines, { text, end: last.end }];
  const usual = lines.at(-2)?.end ?? "\n";
  return [...lines.slice(0, -1), { ...last, end: usual }, { text, end: "" }];
}

/** The lines without one of them; the reverse of `appendLine`. */
export function dropLine(lines: readonly Line[], index: number): readonly Line[] {
  const rest = lines.filter((_, at) => at !== index);
  const last = rest.at(-1);
  if (lines[index]?.end !== "" || last === undefined) return rest;
  return [...rest.slice(0, -1), { ...last, end: "" }];
}
