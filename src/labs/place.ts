import type { Document as YamlDocument } from "yaml";
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { ErrorCode, ErrorValues, Place } from "../error.ts";
import { FaultyFile, PlacedError, TarrError } from "../error.ts";
import { printable } from "../model/names.ts";
import { nearest } from "../model/nearest.ts";
import { shellWord } from "../model/shell-word.ts";
import type { YamlFault } from "../model/yaml-faults.ts";
import { yamlFaults } from "../model/yaml-faults.ts";

export type Path = readonly (string | number)[];

/** What is wrong at one place: as another parser tells it, or with what is expected there. */
export type What = {
  readonly value: string;
  readonly expected?: string;
  readonly cause?: { readonly code: ErrorCode; readonly values: ErrorValues };
};

/** A file that could be read as YAML, where in it everything stands, and what was found wrong so far. */
export type Source = {
  readonly file: string;
  /** What is typed once the file is put right. */
  readonly again: string;
  readonly value: unknown;
  readonly has: (path: Path) => boolean;
  readonly line: (path: Path) => string;
  /** Reading goes on: all that is wrong is told at once. */
  readonly note: (path: Path, what: What) => null;
  /** Whether something is wrong at a place, in it or around it: then nothing more is to be concluded from it. */
  readonly isFaulty: (path: Path) => boolean;
  /** Whether a place as a whole is wrong: then nobody knows what is in it. */
  readonly isLost: (path: Path) => boolean;
  /** Whether anything is wrong so far. */
  readonly isWrong: () => boolean;
  /** @throws TarrError, FaultyFile when anything is wrong */
  readonly refuse: () => void;
};

/** @throws TarrError `lab-syntax`, FaultyFile */
export function readSource(file: string, text: string, command: string): Source {
  const of = { file, again: `${command} ${shellWord(printable(file))}` };
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const found = yamlFaults({ yaml, lines, text });
  const faults = found.map((one) => syntaxError(of, one));
  if (found.some(({ code }) => code !== "key-twice")) throw together(of, faults);
  const paths: Path[] = [];
  const line = (path: Path) => lineOf(yaml, lines, path);
  return {
    ...{ ...of, value: toValue(yaml, of), has: (path) => yaml.hasIn(path), line },
    note: (path, what) => {
      paths.push(path);
      faults.push(wrongAt({ ...of, line }, path, what));
      return null;
    },
    isFaulty: (path) => paths.some((one) => isPrefix(one, path) || isPrefix(path, one)),
    isLost: (path) => paths.some((one) => isPrefix(one, path)),
    isWrong: () => faults.length > 0,
    refuse: () => {
      if (faults.length > 0) throw together(of, faults);
    },
  };
}

function isPrefix(one: Path, other: Path): boolean {
  return one.every((part, index) => String(part) === String(other[index]));
}

/** One error for a file: the same told once, in the order of the lines. */
export function together(of: Pick<Source, "file" | "again">, faults: readonly TarrError[]): TarrError | FaultyFile {
  const keyOf = ({ values }: TarrError) =>
    [values["line"], values["key"], values["reason"], values["value"]].join("\n");
  const told = [...new Map(faults.map((one) => [keyOf(one), one])).values()];
  const sorted = told.sort((one, other) => Number(one.values["line"]) - Number(other.values["line"]));
  const [first, second] = sorted;
  const { again } = of;
  return first !== undefined && second === undefined
    ? first
    : new FaultyFile({ file: printable(of.file), again }, sorted);
}

function syntaxError({ file, again }: Pick<Source, "file" | "again">, { code, line, value }: YamlFault): TarrError {
  const of = { file, again, line: () => String(line) };
  if (code === "key-twice") return wrongAt(of, [value], { value, cause: { code, values: {} } });
  const where = { file: printable(file), line: String(line), key: "", again };
  return new TarrError("lab-syntax", { ...where, value: printable(value), reason: code, expected: "" });
}

/** What only shows when aliases are followed: a handful that would be gigabytes. */
function toValue(yaml: YamlDocument, of: Pick<Source, "file" | "again">): unknown {
  try {
    return yaml.toJS();
  } catch {
    throw syntaxError(of, { code: "yaml-large", line: 1, value: "" });
  }
}

/** The line of a key, whatever stands behind it or below; of what is not written that of what it would be in. */
function lineOf(yaml: YamlDocument, lines: LineCounter, path: Path): string {
  let node: unknown = yaml.contents;
  let start = isNode(node) ? node.range?.[0] : 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(yaml);
    const next = stepInto(node, part);
    if (next === null) break;
    start = next.start ?? start;
    node = next.node;
  }
  return String(lines.linePos(start ?? 0).line);
}

function stepInto(node: unknown, part: string | number): { readonly node: unknown; readonly start?: number } | null {
  if (isMap(node)) {
    const pair = node.items.findLast(({ key }) => (isScalar(key) ? String(key.value) : String(key)) === String(part));
    if (pair === undefined) return null;
    const start = isNode(pair.key) ? pair.key.range?.[0] : undefined;
    return { node: pair.value, ...(start === undefined ? {} : { start }) };
  }
  const item = isSeq(node) ? node.items[Number(part)] : undefined;
  if (item === undefined) return null;
  const start = isNode(item) ? item.range?.[0] : undefined;
  return { node: item, ...(start === undefined ? {} : { start }) };
}

/** One fault of the file, with its place. */
export function wrongAt(of: Pick<Source, "file" | "again" | "line">, path: Path, what: What): TarrError {
  const { code = "", values = {} } = what.cause ?? {};
  const { known = "", wanted = "" } = values;
  const near = values["near"] ?? (wanted === "" ? nearest(what.value, known.split(", ")) : wanted) ?? "";
  return new TarrError(path.length === 0 ? "lab-whole" : "lab-value", {
    ...values,
    ...placeOf(of, path),
    again: of.again,
    value: printable(what.value),
    reason: code,
    expected: printable(what.expected ?? ""),
    near: near === what.value ? "" : near,
  });
}

/**
 * Runs a parser on one place of the file; what it throws is noted there.
 *
 * @param written what stands there, where the parser may know it in another form
 * @returns null then
 */
export function at<T>(
  of: { readonly source: Source; readonly written?: string },
  path: Path,
  parse: () => T,
): T | null {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof TarrError)) throw error;
    return of.source.note(path, { value: of.written ?? error.values["value"] ?? "", cause: error });
  }
}

export function placeOf(source: Pick<Source, "file" | "line">, path: Path): Place {
  return {
    file: printable(source.file),
    line: source.line(path),
    key: path.map((part) => printable(String(part))).join("."),
  };
}

/** Does what one place of the file asks for; what fails is told with that place. */
export async function placed<T>(source: Pick<Source, "file" | "line">, path: Path, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof PlacedError ? error : new PlacedError(placeOf(source, path), error);
  }
}
