import type { ErrorValues, TarrError } from "../error.ts";
import { isErrorCode } from "../error.ts";
import type { ErrorWords } from "./errors.en.ts";
import { errorsEn } from "./errors.en.ts";
import { errorsFr } from "./errors.fr.ts";
import { expectedWords } from "./expected.ts";
import { systemWords } from "./system-words.ts";
import { wordsEn } from "./words.en.ts";
import { wordsFr } from "./words.fr.ts";

export const languages = ["en", "fr"] as const;
export type Language = (typeof languages)[number];
export type WordKey = keyof ReturnType<typeof wordsEn>;

/**
 * The catalogues are made when they are first asked for: all of them, at each start, were a third of the time of a quick
 * command (measured; docs/decisions.md).
 */
const errors: Record<Language, () => Readonly<Record<string, ErrorWords>>> = { en: once(errorsEn), fr: once(errorsFr) };
const words: Record<Language, () => Readonly<Record<WordKey, string>>> = { en: once(wordsEn), fr: once(wordsFr) };

function once<T extends object>(make: () => T): () => T {
  let made: T | null = null;
  return () => (made ??= make());
}

/** The language of messages by locale(7): LC_ALL before LC_MESSAGES before LANG, the first that is not empty. */
export function languageOf(env: Readonly<Record<string, string | undefined>>): Language {
  const locale = [env["LC_ALL"], env["LC_MESSAGES"], env["LANG"]].find((value) => value !== undefined && value !== "");
  return /^fr(?:$|[_.@])/.test(locale ?? "") ? "fr" : "en";
}

export function say(language: Language, key: WordKey, values: ErrorValues = {}): string {
  return fill(words[language]()[key], values, language);
}

/** A word for a code that came from elsewhere (a step, a reason, a check): the code itself where there is none. */
export function sayCode(language: Language, key: string, values: ErrorValues = {}): string {
  const table: Readonly<Record<string, string>> = words[language]();
  return fill(table[key] ?? key, values, language);
}

export function errorText(error: Pick<TarrError, "code" | "values">, language: Language): ErrorWords {
  const { message, hint } = errors[language]()[error.code] ?? { message: error.code, hint: "" };
  // Of a bug its report needs the very words.
  const told = error.code === "bug" ? error.values : spoken(error.values, language);
  const values = { ...told, why: whyOf(error.values, language), how: grantOf(error, language) };
  return { message: fill(message, values, language), hint: fill(hint, values, language) };
}

/** Values that are words themselves: what the system said, and what stands for an argument. */
export function spoken(values: ErrorValues, language: Language): ErrorValues {
  const { reason, said, argument } = values;
  return {
    ...values,
    ...(reason === undefined ? {} : { reason: systemWords(reason, language) }),
    ...(said === undefined ? {} : { said: systemWords(said, language) }),
    ...(argument === undefined ? {} : { argument: argumentWord(argument, language) }),
  };
}

/** A placeholder is known by its English word. */
function argumentWord(argument: string, language: Language): string {
  const [key] =
    Object.entries(words.en()).find(([one, text]) => one.startsWith("argument-") && text === argument) ?? [];
  return key === undefined ? argument : sayCode(language, key);
}

/** How a right is granted here: by a group that the policy names, where it names one. */
function grantOf({ code, values }: Pick<TarrError, "code" | "values">, language: Language): string {
  const { who = "", user = "" } = values;
  const group = /(?:^|, )%([^,]+)/.exec(who)?.[1];
  if (group === undefined)
    return say(language, "grant-user", { user, key: code === "denied-use" ? "use" : "administer" });
  return say(language, "grant-group", { user, group: /^[\w.-]+$/.test(group) ? group : `'${group}'` });
}

/** What is wrong with a value of a file: the sentence of the error that its parser told, and what it could be instead. */
function whyOf(values: ErrorValues, language: Language): string {
  const { reason: code = "", value = "", expected = "", near = "", known = "" } = values;
  const own = isErrorCode(code) ? (errors[language]()[code]?.message ?? code) : null;
  const unexpected = () => say(language, "document-unexpected", { value, expected: expectedWords(expected, language) });
  const message = own === null ? unexpected() : fill(own, values, language);
  const listed =
    known === "" || own?.includes("{known}") === true ? message : say(language, "lab-possible", { message, known });
  return near === "" ? listed : say(language, "lab-near", { message: listed, near });
}

/** `{count|machine|machines}` is the number with the form that it takes. In French nothing is singular too. */
function isOne(count: string | undefined, language: Language): boolean {
  return count === "1" || (language === "fr" && count === "0");
}

/** A template with its holes filled; a value of a user's brings no control character to the terminal. */
export function fill(template: string, values: ErrorValues, language: Language = "en"): string {
  const counted = template.replaceAll(/\{([a-z]+)\|([^{}|]+)\|([^{}|]+)\}/g, (_, ...parts: readonly string[]) => {
    const [name = "", one = "", more = ""] = parts;
    return `{${name}} ${isOne(values[name], language) ? one : more}`;
  });
  const filled = counted.replaceAll(/\{([a-z]+)\}/g, (hole, name: string) =>
    (values[name] ?? hole).replaceAll(/\p{Cc}+/gu, " "),
  );
  // A hole may be filled with nothing: `tarr-steps {command} --help` for no command in particular.
  return filled.replaceAll("tarr-steps  ", "tarr-steps ");
}
