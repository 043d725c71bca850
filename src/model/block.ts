/** Lines of ours in somebody else's file, between two marks. */
export type Block = {
  /** The comment that opens it. */
  readonly begin: string;
  /** A line as we write it: people put tabs, more words or a comment of theirs. */
  readonly ours: RegExp;
};

const end = "# tarr-steps: end";

/** The file's text with our block renewed, or without it when there is nothing to say; all else stays. */
export function renderBlock(text: string, block: Block, lines: readonly string[]): string {
  const kept = withoutBlock(text, block);
  if (lines.length === 0) return kept;
  const separator = kept === "" || kept.endsWith("\n") ? "" : "\n";
  return `${kept}${separator}${[block.begin, ...lines, end].join("\n")}\n`;
}

/** The lines of ours that a file has now. */
export function linesInBlock(text: string, { begin, ours }: Block): readonly string[] {
  const lines = text.split("\n");
  const start = lines.indexOf(begin) + 1;
  if (start === 0) return [];
  const stop = lines.findIndex((line, index) => index >= start && !ours.test(line));
  return lines.slice(start, stop < 0 ? lines.length : stop);
}

/** A block whose end somebody deleted ends with the last line that looks like ours. */
function withoutBlock(text: string, { begin, ours }: Block): string {
  const lines = text.split("\n");
  const start = lines.indexOf(begin);
  if (start < 0) return text;
  const marked = lines.indexOf(end, start);
  const behind = lines.findIndex((line, index) => index > start && !ours.test(line));
  const stop = marked >= 0 ? marked : (behind < 0 ? lines.length : behind) - 1;
  return [...lines.slice(0, start), ...lines.slice(stop + 1)].join("\n");
}
