import { isatty } from "node:tty";

const codes = { "✗": 31, "!": 33, "✓": 32 } as const;

/** On a terminal that can, and whose user has not said no (no-color.org). */
export function hasColour(env: Readonly<Record<string, string | undefined>>, isTerminal = isatty(1)): boolean {
  return isTerminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}

/** A line whose first sign says how something is, in its colour; all else of it is plain. */
export function withColour(line: string): string {
  return line.replace(/^[✗!✓]/u, (sign) => `\u001b[${codes[sign as keyof typeof codes]}m${sign}\u001b[0m`);
}
