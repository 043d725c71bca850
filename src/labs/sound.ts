import * as v from "valibot";
import { isErrorCode } from "../error.ts";
import { printable } from "../model/names.ts";
import type { Path, Source } from "./place.ts";
import type { Sound } from "./shape.ts";

type Shape = v.GenericSchema;
type Keys = Readonly<Record<string, unknown>>;

/**
 * What the file holds in its shape. All that does not fit is noted, each at its place, and left out of what is returned:
 * what is sound can then be looked at further, so that a file's other faults are told with these.
 */
export function soundPart<T>(shape: v.GenericSchema<unknown, T>, source: Source): Sound<T> | null {
  return (read(shape, source.value, { source, path: [] }) ?? null) as Sound<T> | null;
}

type At = { readonly source: Source; readonly path: Path };

/** @returns undefined for what does not fit */
function read(shape: Shape, value: unknown, at: At): unknown {
  if (isWrapped(shape)) {
    if (value === undefined) return v.getDefault(shape);
    return value === null && shape.type === "nullable" ? null : read(shape.wrapped, value, at);
  }
  if (isKeys(value)) {
    // Of several alternatives, keys with their values are the one that has something inside.
    const inside = isUnion(shape) ? shape.options.find(isObject) : shape;
    const values = recordIn(shape)?.value;
    if (values !== undefined) return readKeys(shape, value, { ...at, values });
    if (inside !== undefined && isObject(inside)) return readObject(inside, value, at);
  }
  if (isList(shape) && Array.isArray(value)) return readList(shape, value, at);
  return v.is(shape, value) ? value : wrong(shape, value, at);
}

function readKeys(shape: Shape, value: Keys, { values, ...at }: At & { readonly values: Shape }): unknown {
  tellWhole(shape, value, at);
  const entries = Object.entries(value).map(([key, one]) => [
    key,
    read(values, one, { ...at, path: [...at.path, key] }),
  ]);
  return Object.fromEntries(entries.filter(([, one]) => one !== undefined));
}

function readObject({ entries }: ObjectShape, value: Keys, at: At): unknown {
  const known = Object.keys(entries);
  for (const key of Object.keys(value).filter((one) => !known.includes(one))) {
    const cause = { code: "lab-key-unknown", values: { known: known.join(", ") } } as const;
    at.source.note([...at.path, key], { value: key, cause });
  }
  const misspelt = Object.keys(value).some((key) => !known.includes(key));
  const found = Object.entries(entries).map(([key, shape]) => {
    const place = { ...at, path: [...at.path, key] };
    const isMissing = !Object.hasOwn(value, key);
    if (!isMissing || isWrapped(shape)) return [key, read(shape, value[key], place)];
    // A key that is misspelt is told, not also the one that is missed for it.
    if (!misspelt) at.source.note(place.path, { value: key, cause: { code: "key-missing", values: {} } });
    return [key, undefined];
  });
  return Object.fromEntries(found);
}

function readList(shape: ListShape, value: readonly unknown[], at: At): unknown {
  tellWhole(shape, value, at);
  return value.map((one, index) => read(shape.item, one, { ...at, path: [...at.path, index] }));
}

/** How many there are: what a shape says of the whole, not of a part. */
function tellWhole(shape: Shape, value: unknown, at: At): void {
  const issue = v.safeParse(shape, value).issues?.find((one) => one.kind === "validation" && one.path === undefined);
  if (issue !== undefined) note(issue, value, at);
}

function wrong(shape: Shape, value: unknown, at: At): undefined {
  const issue = v.safeParse(shape, value).issues?.[0];
  if (issue !== undefined) note(issue, value, at);
}

function note(issue: v.BaseIssue<unknown>, value: unknown, { source, path }: At): void {
  const key = String(path.at(-1) ?? "");
  if (value === null) {
    source.note(path, { value: key, cause: { code: path.length === 0 ? "lab-blank" : "lab-empty", values: {} } });
    return;
  }
  const expected = issue.type === "custom" ? issue.message : (issue.expected ?? issue.type);
  const said = isErrorCode(issue.message) ? { cause: { code: issue.message, values: {} } } : { expected };
  source.note(path, { value: written(value), ...said });
}

/** As the file could have it, and no longer than a sentence bears. */
function written(value: unknown): string {
  const text = typeof value === "string" ? value : json(value);
  return printable(text);
}

/** What has itself inside, by an alias, cannot be written out. */
function json(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return "…";
  }
}

function isKeys(value: unknown): value is Keys {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

type ObjectShape = Shape & { readonly entries: Readonly<Record<string, Shape>> };
type ListShape = Shape & { readonly item: Shape };
type WrappedShape = v.OptionalSchema<Shape, unknown> | v.NullableSchema<Shape, unknown>;

function isObject(shape: Shape): shape is ObjectShape {
  return shape.type === "strict_object";
}
function isList(shape: Shape): shape is ListShape {
  return shape.type === "array";
}
function isUnion(shape: Shape): shape is Shape & { readonly options: readonly Shape[] } {
  return shape.type === "union";
}
function isWrapped(shape: Shape): shape is WrappedShape {
  return shape.type === "optional" || shape.type === "nullable";
}
/** Keys that a user gives are a pipe's second part (`keyed`), which may be a pipe's first. */
function recordIn(shape: Shape): { readonly value: Shape } | null {
  if (shape.type === "record") return shape as Shape & { readonly value: Shape };
  const pipe = "pipe" in shape ? (shape.pipe as readonly (Shape | v.GenericValidation)[]) : [];
  const found = pipe.flatMap((one) => (one.kind === "schema" ? [recordIn(one)] : []));
  return found.find((one) => one !== null) ?? null;
}
