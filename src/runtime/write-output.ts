import { writeSync } from "node:fs";

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
