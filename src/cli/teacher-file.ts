import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { TarrError } from "../error.ts";
import type { ReadBeside } from "../labs/parts.ts";
import type { PlacedRecipe } from "../labs/recipe.ts";
import { parseRecipe } from "../labs/recipe.ts";
import { printable } from "../model/names.ts";

/** @throws TarrError `lab-unreadable`, `lab-syntax`, `lab-value` */
export function readRecipe(file: string, taken: readonly string[]): PlacedRecipe {
  return parseRecipe(file, readText(file), { beside: besideOf(file), taken });
}

/** A file that a teacher wrote. @throws TarrError `lab-unreadable` */
export function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TarrError("lab-unreadable", { file: printable(file), reason: printable(reason) }, error);
  }
}

/** Reads what lies in the same folder. */
export function besideOf(file: string): ReadBeside {
  return (name) => {
    try {
      return readFileSync(join(dirname(file), name), "utf8");
    } catch {
      return null;
    }
  };
}
