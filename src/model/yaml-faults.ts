import type { ErrorCode as YamlCode, Document as YamlDocument, LineCounter, Node, YAMLParseError } from "yaml";
import { isAlias, isCollection, isNode, isPair, isScalar } from "yaml";
import type { ErrorCode } from "../error.ts";

/** What the reader of YAML finds, as our own sentences have it: its own are English. */
const codes: Readonly<Record<YamlCode, ErrorCode>> = {
  ALIAS_PROPS: "yaml-alias",
  BAD_ALIAS: "yaml-alias",
  BAD_COLLECTION_TYPE: "yaml-tag",
  BAD_DIRECTIVE: "yaml-directive",
  BAD_DQ_ESCAPE: "yaml-escape",
  BAD_INDENT: "yaml-indent",
  BAD_PROP_ORDER: "yaml-properties",
  BAD_SCALAR_START: "yaml-start",
  BLOCK_AS_IMPLICIT_KEY: "yaml-nested",
  BLOCK_IN_FLOW: "yaml-block-in-flow",
  DUPLICATE_KEY: "key-twice",
  IMPOSSIBLE: "yaml-other",
  KEY_OVER_1024_CHARS: "yaml-key",
  MISSING_CHAR: "yaml-other",
  MULTILINE_IMPLICIT_KEY: "yaml-colon",
  MULTIPLE_ANCHORS: "yaml-properties",
  MULTIPLE_DOCS: "yaml-documents",
  MULTIPLE_TAGS: "yaml-properties",
  NON_STRING_KEY: "yaml-key",
  RESOURCE_EXHAUSTION: "yaml-large",
  TAB_AS_INDENT: "yaml-tab",
  TAG_RESOLVE_FAILED: "yaml-tag",
  UNEXPECTED_TOKEN: "yaml-unexpected",
};

/** Which character is missing is only in its sentence. */
const missing: readonly (readonly [RegExp, ErrorCode])[] = [
  [/quote$/, "yaml-quote"],
  [/^Missing , /, "yaml-comma"],
  [/map values$|Missing space after :|without - indicator/, "yaml-colon"],
  [/^Comments must/, "yaml-comment"],
  [/end with an? [\]}]/, "yaml-closing"],
];

/** What ends here says nothing of the lines behind it: these are read as they are meant. */
const local: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["key-twice", "yaml-escape", "yaml-tab", "yaml-tag"]);

function codeOf({ code, message }: Pick<YAMLParseError, "code" | "message">): ErrorCode {
  const told = missing.find(([sentence]) => sentence.test(message))?.[1];
  return code === "MISSING_CHAR" || code === "BAD_INDENT" ? (told ?? codes[code]) : codes[code];
}

type Read = { readonly yaml: YamlDocument; readonly lines: LineCounter; readonly text: string };
/** `value`: the whole line, or the key that stands there twice. */
export type YamlFault = { readonly code: ErrorCode; readonly line: number; readonly value: string };

/** What the reader found, in the order of the lines: up to the first that makes all behind it doubtful. */
export function yamlFaults({ yaml, lines, text }: Read): readonly YamlFault[] {
  const fault = (code: ErrorCode, start: number): YamlFault => {
    const { line } = lines.linePos(start);
    const whole = (text.split("\n")[line - 1] ?? "").trim();
    return { code, line, value: code === "key-twice" ? keyAt(text.slice(start)) : whole };
  };
  const found: YamlFault[] = [];
  for (const error of yaml.errors.toSorted((one, other) => one.pos[0] - other.pos[0])) {
    const code = codeOf(error);
    found.push(fault(code, startOf(yaml, code, error.pos[0])));
    // Hundreds of brackets that nothing closes are as many errors: looking for the start of each took half a minute.
    if (!local.has(code)) return found;
  }
  for (const node of nodesOf(yaml)) {
    const isUnknown = isAlias(node) && node.resolve(yaml) === undefined;
    if (isUnknown) found.push(fault("yaml-alias-unknown", node.range?.[0] ?? 0));
  }
  return found;
}

/** The reader misses what closes a quote or a bracket far behind; the fault is where it is opened. */
function startOf(yaml: YamlDocument, code: ErrorCode, noticed: number): number {
  if (code !== "yaml-quote" && code !== "yaml-closing") return noticed;
  let start = noticed;
  for (const node of nodesOf(yaml)) {
    const opens = code === "yaml-quote" ? isScalar(node) : isCollection(node) && node.flow === true;
    const at = node.range?.[0];
    if (opens && at !== undefined && at < noticed) start = at;
  }
  return start;
}

/** In the order of the text. The reader's own `visit` keeps the path of each: a nest of ten thousand took it seconds. */
function* nodesOf(yaml: YamlDocument): Generator<Node> {
  const waiting: unknown[] = [yaml.contents];
  while (waiting.length > 0) {
    const one = waiting.pop();
    if (isPair(one)) waiting.push(one.value, one.key);
    if (!isNode(one)) continue;
    yield one;
    if (isCollection(one)) waiting.push(...one.items.toReversed());
  }
}

function keyAt(text: string): string {
  return /^[^\s:]+/.exec(text)?.[0] ?? "";
}
