import type { Language } from "./messages.ts";

/** What valibot calls the kinds of values, in words that people use of a YAML file. */
const kinds: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  en: {
    string: "a text",
    number: "a number",
    integer: "a whole number",
    boolean: "true, false",
    Object: "keys with their values",
    Array: "a list",
  },
  fr: {
    string: "un texte",
    number: "un nombre",
    integer: "un nombre entier",
    boolean: "true, false",
    Object: "des clés avec leurs valeurs",
    Array: "une liste",
  },
};

/** @param expected as valibot says it (`(string | Object)`, `>=64`, `"on"`), or an example */
export function expectedWords(expected: string, language: Language): string {
  return expected
    .replaceAll(/^\(+|\)+$|(?<=\| )\(+|\)+(?= \|)/g, "")
    .split(" | ")
    .filter((one) => one !== "null" && one !== "undefined")
    .map(
      (one) =>
        kinds[language][one] ??
        one
          .replace(/^>=/, "≥ ")
          .replace(/^<=/, "≤ ")
          .replace(/^"(.*)"$/, "$1"),
    )
    .join(", ");
}
