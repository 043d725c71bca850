import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What a program really printed; see recorded/README.md. */
export function recorded(name: string): string {
  return readFileSync(join(import.meta.dir, "recorded", name), "utf8");
}

/** Messages of the kernel's: the lines of a file, in hexadecimal digits. */
export function recordedMessages(name: string): readonly Uint8Array[] {
  const lines = recorded(name).split("\n");
  return lines.filter((line) => line !== "").map((line) => Uint8Array.from(Buffer.from(line, "hex")));
}
