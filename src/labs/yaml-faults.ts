import type { ErrorCode as YamlCode, YAMLParseError } from "yaml";
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
export const local: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["key-twice", "yaml-escape", "yaml-tab", "yaml-tag"]);

export function yamlFault({ code, message }: Pick<YAMLParseError, "code" | "message">): ErrorCode {
  const told = missing.find(([sentence]) => sentence.test(message))?.[1];
  return code === "MISSING_CHAR" || code === "BAD_INDENT" ? (told ?? codes[code]) : codes[code];
}
