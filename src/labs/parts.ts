import * as v from "valibot";
import { TarrError } from "../error.ts";
import type { SeedFile } from "../model/machine.ts";
import { isUnknownKey, keyFault } from "../model/keys.ts";
import type { Source } from "./place.ts";
import { wrongAt } from "./place.ts";
import type { FilePart } from "./shape.ts";

/** Reads a file that lies beside the one that is parsed; null when it cannot. */
export type ReadBeside = (name: string) => string | null;

/** What the file holds, in its shape. @throws TarrError `lab-value` */
export function shaped<T>(shape: v.GenericSchema<unknown, T>, source: Source): T {
  const found = v.safeParse(shape, source.value);
  if (found.success) return found.output;
  const faults = found.issues.flatMap((issue) => deepest(issue, []));
  // A key that is misspelt is told before the one that is missed for it.
  const { issue, path } = faults.find((one) => isUnknownKey(one.issue)) ??
    faults[0] ?? { issue: found.issues[0], path: [] };
  const key = path.at(-1) ?? "";
  const cause = keyFault(issue, key);
  if (cause !== null) throw wrongAt(source, path, { value: key, cause });
  throw wrongAt(source, path, { value: written(issue), expected: expectedBy(issue) });
}

/** As the file could have it, and no longer than a sentence bears. */
function written({ input, received }: v.BaseIssue<unknown>): string {
  const text = typeof input === "string" ? input : (json(input) ?? received);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** Null for what has itself inside, by an alias. */
function json(value: unknown): string | null {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
}

/** Where a shape gives an example of its own, that: a pattern is nothing to read. */
function expectedBy(issue: v.BaseIssue<unknown>): string {
  return issue.type === "regex" || issue.type === "custom" ? issue.message : (issue.expected ?? issue.type);
}

type Fault = { readonly issue: v.BaseIssue<unknown>; readonly path: readonly string[] };

/** In a union the alternative that took the value for its own, and came further, tells what is wrong in it. */
function deepest(issue: v.BaseIssue<unknown>, above: readonly string[]): readonly Fault[] {
  const path = [...above, ...(issue.path ?? []).map((part) => String(part.key))];
  // valibot gives the paths inside of a union from there on, not from the file's beginning.
  const inner = issue.issues?.filter((one) => one.path !== undefined) ?? [];
  return inner.length === 0 ? [{ issue, path }] : inner.flatMap((one) => deepest(one, path));
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
