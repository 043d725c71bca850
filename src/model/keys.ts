import type { BaseIssue } from "valibot";
import { TarrError } from "../error.ts";
import { printable } from "./names.ts";

/** A key that the shape of a file does not have, in valibot's way of saying it. */
export function isUnknownKey({ type, expected }: BaseIssue<unknown>): boolean {
  return type === "strict_object" && expected === "never";
}

/** What is wrong with a key itself, misspelt or missing; null when it is its value. */
export function keyFault(issue: BaseIssue<unknown>, key: string): TarrError | null {
  const value = printable(key);
  if (isUnknownKey(issue)) return new TarrError("key-unknown", { value });
  return issue.received === "undefined" ? new TarrError("key-missing", { value }) : null;
}
