import { writeSync } from "node:fs";

/**
 * Lines for the user. Not `process.stdout`: setting up its stream takes 8 ms, which is more than all else that a quick
 * command does (measured; docs/decisions.md).
 */
export function printLine(line: string): void {
  console.log(line);
}

/** A line on standard error. */
export function printErrorLine(line: string): void {
  console.error(line);
}

const standardOutput = 1;
const retryAfter = 5;

/**
 * Bytes for a program that reads our standard output, waited for until it has taken them: so long nothing else is done,
 * and nothing more is had from whoever sends.
 *
 * @returns false when nobody reads it any more
 */
export async function writeOutput(bytes: Uint8Array): Promise<boolean> {
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(standardOutput, bytes, done);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : "";
      if (code === "EPIPE") return false;
      if (code !== "EAGAIN") throw error;
      await new Promise((resolve) => setTimeout(resolve, retryAfter));
    }
  }
  return true;
}
