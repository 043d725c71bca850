import type { ErrorCode } from "../error.ts";
import type { ErrorWords } from "./errors.en.ts";

type Code = Extract<ErrorCode, `yaml-${string}`>;

/** What keeps a file from being read as YAML. {value} is the line, or what of it is meant. */
export const yamlEn = (): Readonly<Record<Code, ErrorWords>> => ({
  "yaml-alias": { message: "an alias is a star and a name, and nothing else: “{value}”.", hint: "For instance: *web" },
  "yaml-alias-unknown": {
    message: "an alias names an anchor that is not there before it: “{value}”.",
    hint: "A text that begins with a star is put between quotes.",
  },
  "yaml-block-in-flow": {
    message: "a comma or a closing bracket is missing: “{value}”.",
    hint: "Between braces, KEY: VALUE pairs are separated by commas.",
  },
  "yaml-colon": {
    message: "a colon and a space are missing behind a key, or a dash before an item of a list: “{value}”.",
    hint: "Write KEY: VALUE",
  },
  "yaml-comma": { message: "a comma is missing between two items: “{value}”.", hint: "Write it between them." },
  "yaml-closing": {
    message: "the bracket or brace that is opened here is not closed: “{value}”.",
    hint: "Close it; what is between them is indented more than the key before.",
  },
  "yaml-comment": { message: "a space is missing before the # of a comment: “{value}”.", hint: "Write it there." },
  "yaml-directive": {
    message: "a line that begins with % is an instruction to the reader of YAML, and is not one: “{value}”.",
    hint: "Take the line out.",
  },
  "yaml-documents": {
    message: "a second document begins here (---), and one file holds one.",
    hint: "Write the second one into a file of its own.",
  },
  "yaml-escape": {
    message: "no character is written like this between double quotes: “{value}”.",
    hint: "Write each backslash twice, or put the text between single quotes.",
  },
  "yaml-indent": {
    message: "this line does not begin in the same column as those beside it: “{value}”.",
    hint: "Keys of one level begin in the same column.",
  },
  "yaml-key": { message: "this cannot be a key: “{value}”.", hint: "A key is a short text, on one line." },
  "yaml-large": {
    message: "its aliases refer to each other, and what they stand for would be too large.",
    hint: "Write the values themselves.",
  },
  "yaml-nested": {
    message: "one line has two keys, or an item of a list has less indentation than the first one: “{value}”.",
    hint: "Write the second key on a line of its own; a text with a colon is put between quotes.",
  },
  "yaml-other": { message: "it breaks the rules of YAML: “{value}”.", hint: "Compare the line with those beside it." },
  "yaml-properties": {
    message: "an anchor (&) or a tag (!) is in the wrong place: “{value}”.",
    hint: "One of each at most, behind the key and before the value.",
  },
  "yaml-quote": { message: "the quote that is opened here is not closed: “{value}”.", hint: "Close it." },
  "yaml-start": {
    message: "a text cannot begin with this character unless it is between quotes: “{value}”.",
    hint: "Put the text between quotes.",
  },
  "yaml-tab": { message: "a tab is not allowed at the beginning of a line.", hint: "Indent with spaces." },
  "yaml-tag": { message: "a tag (!) does not fit what is behind it: “{value}”.", hint: "Take the tag out." },
  "yaml-unexpected": {
    message: "something is left over on this line: “{value}”.",
    hint: "Take it out, or put the whole text between quotes.",
  },
});
