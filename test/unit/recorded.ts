import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What a program really printed; see recorded/README.md. */
export function recorded(name: string): string {
  return readFileSync(join(import.meta.dir, "recorded", name), "utf8");
}
