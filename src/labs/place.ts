import type { Document as YamlDocument, Node } from "yaml";
import { LineCounter, parseDocument as parseYaml } from "yaml";
import type { Place } from "../error.ts";
import { PlacedError, TarrError } from "../error.ts";
import { printable } from "../model/names.ts";

type Path = readonly (string | number)[];

/** A lab file that could be read as YAML, and where in it everything stands. */
export type Source = {
  readonly file: string;
  /** What is typed once the file is put right. */
  readonly again: string;
  readonly value: unknown;
  readonly has: (path: Path) => boolean;
  readonly line: (path: Path) => string;
};

/** @throws TarrError `lab-syntax` */
export function readSource(file: string, text: string, command: string): Source {
  const again = `${command} ${printable(file)}`;
  const lines = new LineCounter();
  const yaml = parseYaml(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const syntax = (line: string, reason: string) =>
    new TarrError("lab-syntax", { file: printable(file), line, reason: printable(reason), again });
  const error = yaml.errors[0];
  if (error !== undefined) {
    const line = String(lines.linePos(error.pos[0]).line);
    if (error.code === "DUPLICATE_KEY") throw keyTwice({ file, again, line: () => line }, text.slice(error.pos[0]));
    throw syntax(line, error.message);
  }
  const line = (path: Path) => lineOf(yaml, lines, path);
  try {
    return { file, again, value: yaml.toJS(), has: (path) => yaml.hasIn(path), line };
  } catch (failure) {
    throw syntax("1", String(failure));
  }
}

/** The reader of YAML has an English sentence for it, and does not say which key. */
function keyTwice(source: Pick<Source, "file" | "again" | "line">, from: string): TarrError {
  const value = /^[^\s:]+/.exec(from)?.[0] ?? "";
  return wrongAt(source, [value], { value, cause: new TarrError("key-twice", { value: printable(value) }) });
}

function lineOf(yaml: YamlDocument, lines: LineCounter, path: Path): string {
  for (let length = path.length; length > 0; length -= 1) {
    const node = yaml.getIn(path.slice(0, length), true) as Node | undefined;
    const start = node?.range?.[0];
    if (start !== undefined) return String(lines.linePos(start).line);
  }
  return "1";
}

/** What is wrong at one place of the file: as another parser tells it, or with what is expected there. */
export function wrongAt(
  source: Pick<Source, "file" | "again" | "line">,
  path: Path,
  what: { readonly value: string; readonly expected?: string; readonly cause?: TarrError },
): TarrError {
  const values = {
    ...what.cause?.values,
    ...placeOf(source, path),
    again: source.again,
    value: printable(what.value),
    reason: what.cause?.code ?? "",
    expected: printable(what.expected ?? ""),
  };
  return new TarrError("lab-value", values, what.cause);
}

/** Runs a parser on one place of the file; what it throws is told with that place. */
export function at<T>(source: Source, path: Path, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof TarrError) || error.code === "lab-value") throw error;
    throw wrongAt(source, path, { value: error.values["value"] ?? "", cause: error });
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
