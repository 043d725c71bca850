/**
 * Lines for the user. Not `process.stdout`: setting up its stream takes 8 ms, and node:fs 3, which is more than all else
 * that a quick command does (measured; docs/decisions.md).
 */
export function printLine(line: string): void {
  console.log(line);
}

/** False where neither output is a terminal that has colours: known at once, without loading what asks about one of them. */
export function mayHaveColours(): boolean {
  return Bun.enableANSIColors;
}

let errors: ReturnType<typeof Bun.stderr.writer> | null = null;

/**
 * A line on standard error. Not by `console.error`, which paints everything red on a terminal, success too; this takes a
 * quarter of a millisecond.
 */
export function printErrorLine(line: string): void {
  errors ??= Bun.stderr.writer();
  void errors.write(`${line}\n`);
  void errors.flush();
}
