/** Behind an escape: a colour, as boot messages have them. */
const colour = /^\[[\d;]*m/;

/** What may be held back for the end of a line. A guest may write one without an end. */
const longest = 64 * 1024;

/**
 * A guest's own output for a terminal: colours are left out, and every other control character is shown and not obeyed. A
 * title, a cursor that goes back over what was said, or an answer that the terminal types by itself are not the guest's to
 * make.
 */
export function shownAsText(text: string): string {
  const [first = "", ...behind] = text.split("\u001b");
  const pieces = behind.map((piece) => (colour.test(piece) ? piece.replace(colour, "") : `^[${piece}`));
  return [first, ...pieces]
    .join("")
    .replace(/\r+\n/g, "\n")
    .replace(/[^\P{C}\n\t]/gu, (sign) => caret(sign.codePointAt(0) ?? 0));
}

/** As cat(1) -v has it. */
function caret(code: number): string {
  return code < 0x20 || code === 0x7f ? `^${String.fromCharCode(code ^ 0x40)}` : "?";
}

/** The same for what comes in pieces, which may end in the middle of a sequence: whole lines at a time. */
export async function* linesAsText(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let held = "";
  for await (const piece of pieces) {
    held += piece;
    const end = held.length > longest ? held.length : held.lastIndexOf("\n") + 1;
    if (end > 0) yield shownAsText(held.slice(0, end));
    held = held.slice(end);
  }
  if (held !== "") yield shownAsText(held);
}
