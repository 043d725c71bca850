import { isatty } from "node:tty";

const codes = { "✗": 31, "!": 33, "✓": 32 } as const;

/** On a terminal that can, and whose user has not said no (no-color.org). */
export function hasColour(env: Readonly<Record<string, string | undefined>>, isTerminal = isatty(1)): boolean {
  return isTerminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}

const states: Readonly<Record<string, number>> = { up: 32, running: 32, down: 31, paused: 33, unknown: 33 };

/** The word for a state, in the colour of what deserves a look; what is stopped is neither good nor bad. */
export function paintState(state: string, word: string): string {
  const code = Object.hasOwn(states, state) ? states[state] : undefined;
  return code === undefined ? word : `\u001b[${code}m${word}\u001b[0m`;
}

/** A line whose first sign says how something is, in its colour; all else of it is plain. */
export function withColour(line: string): string {
  return line.replace(/^[✗!✓]/u, (sign) => `\u001b[${codes[sign as keyof typeof codes]}m${sign}\u001b[0m`);
}
