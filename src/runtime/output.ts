/**
 * Lines for the user. Not `process.stdout`: setting up its stream takes 8 ms, and node:fs 3, which is more than all else
 * that a quick command does (measured; docs/decisions.md).
 */
export function printLine(line: string): void {
  console.log(line);
}

/** A line on standard error. */
export function printErrorLine(line: string): void {
  console.error(line);
}
