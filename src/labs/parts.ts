import * as v from "valibot";
import { TarrError } from "../error.ts";
import type { SeedFile } from "../model/machine.ts";
import { printable } from "../model/names.ts";
import type { Source } from "./place.ts";
import { wrongAt } from "./place.ts";
import type { FilePart } from "./shape.ts";

/** Reads a file that lies beside the one that is parsed; null when it cannot. */
export type ReadBeside = (name: string) => string | null;

/** What the file holds, in its shape. @throws TarrError `lab-value` */
export function shaped<T>(shape: v.GenericSchema<unknown, T>, source: Source): T {
  const found = v.safeParse(shape, source.value);
  if (found.success) return found.output;
  // A key that is misspelt is told before the one that is missed for it.
  const issue = deepest(found.issues.find(isUnknownKey) ?? found.issues[0]);
  const path = (issue.path ?? []).map((part) => String(part.key));
  const key = path.at(-1) ?? "";
  if (isUnknownKey(issue)) throw wrongAt(source, path, { value: key, cause: told("lab-key-unknown", key) });
  if (issue.received === "undefined") throw wrongAt(source, path, { value: key, cause: told("lab-key-missing", key) });
  throw wrongAt(source, path, { value: issue.received.replace(/^"|"$/g, ""), expected: issue.expected ?? "" });
}

/** valibot's way of saying it. */
function isUnknownKey(issue: v.BaseIssue<unknown>): boolean {
  return issue.type === "strict_object" && issue.expected === "never";
}

function told(code: "lab-key-unknown" | "lab-key-missing", value: string): TarrError {
  return new TarrError(code, { value: printable(value) });
}

/** In a union the alternative that came furthest tells what is wrong. */
function deepest(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown> {
  const inner = issue.issues?.filter((one) => (one.path?.length ?? 0) > (issue.path?.length ?? 0))[0];
  return inner === undefined ? issue : deepest(inner);
}

/** One entry of `files`; the last of `path` is where it goes. @throws TarrError `lab-value` */
export function parseFile(
  { source, beside }: { readonly source: Source; readonly beside: ReadBeside },
  path: readonly string[],
  part: FilePart,
): SeedFile {
  const name = path.at(-1) ?? "";
  if (!/^(?:\/[^/\p{C}]+)+$/u.test(name) || /\/\.\.?(?:\/|$)/.test(name)) {
    throw wrongAt(source, path, { value: name, expected: "/etc/motd" });
  }
  if (typeof part === "string") return { path: name, mode: 0o644, content: part };
  const mode = Number.parseInt(part.mode ?? "644", 8);
  const { content, source: from } = part;
  if (content !== undefined && from === undefined) return { path: name, mode, content };
  if (from === undefined || content !== undefined) {
    throw wrongAt(source, path, { value: name, expected: "content | source" });
  }
  const found = /^\.{0,2}\/|\.\.\/|^\.\.$/.test(from) ? null : beside(from);
  if (found !== null) return { path: name, mode, content: found };
  throw wrongAt(source, [...path, "source"], { value: from, cause: new TarrError("lab-file-source", { value: from }) });
}
