import { isUtf8 } from "node:buffer";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ErrorCode } from "../error.ts";
import { TarrError } from "../error.ts";
import type { Unread } from "../host/files.ts";
import { readNamed } from "../host/files.ts";
import type { ReadBeside } from "../labs/parts.ts";
import type { PlacedRecipe } from "../labs/recipe.ts";
import { parseRecipe } from "../labs/recipe.ts";
import { printable } from "../model/names.ts";
import { shellWord } from "../model/shell-word.ts";

/** @throws TarrError `recipe-missing`, what `readText` does, `lab-syntax`, `lab-value` */
export function readRecipe(file: string, taken: readonly string[]): PlacedRecipe {
  const text = readText(file, "recipe-missing");
  return parseRecipe(file, text, { beside: besideOf(file), taken });
}

const mebibyte = 1024 ** 2;
/** MiB. Larger ones are no such file: to read them as YAML would take minutes. */
const mostOfFile = 1;
/** MiB, of all files that lie beside one: they are kept in the machines' records, and in the memory of those that start. */
const mostBeside = 8;

const codes: Readonly<Record<Unread, ErrorCode>> = {
  missing: "lab-file-missing",
  denied: "lab-file-denied",
  kind: "lab-file-kind",
  large: "lab-file-large",
};

/** A file that a teacher wrote. @throws TarrError `lab-file-missing`, `-denied`, `-kind`, `-large`, `lab-unreadable` */
export function readText(file: string, missing: ErrorCode = codes.missing): string {
  const path = shellWord(printable(file));
  const folder = existsSync(dirname(file)) ? shellWord(printable(dirname(file))) : ".";
  const values = { file: printable(file), path, folder, most: String(mostOfFile) };
  const read = ofSystem(() => readNamed(file, mostOfFile * mebibyte), values);
  if (typeof read === "string") throw new TarrError(read === "missing" ? missing : codes[read], values);
  return read.toString();
}

function ofSystem<T>(read: () => T, values: { readonly file: string; readonly path: string }): T {
  try {
    return read();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TarrError("lab-unreadable", { ...values, reason: printable(reason) }, error);
  }
}

/** Reads what lies in the same folder. */
export function besideOf(file: string): ReadBeside {
  let left = mostBeside * mebibyte;
  return (name) => {
    const read = ofBeside(join(dirname(file), name), left);
    if (read === "missing" || read === "denied") return null;
    if (read === "kind") throw new TarrError("lab-source-kind", { value: printable(name) });
    if (read === "large") throw new TarrError("lab-source-large", { value: printable(name), most: String(mostBeside) });
    if (!isUtf8(read)) throw new TarrError("lab-source-binary", { value: printable(name) });
    left -= read.length;
    return read.toString();
  };
}

function ofBeside(path: string, most: number): Buffer | Unread {
  try {
    return readNamed(path, most);
  } catch {
    return "missing";
  }
}
