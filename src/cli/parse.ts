import { TarrError } from "../error.ts";
import { printable } from "../model/names.ts";
import { writtenOut } from "./aliases.ts";
import type { Command } from "./command.ts";
import { commands } from "./commands.ts";

/** Several values of an option that repeats. */
export type Options = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/** What was typed, understood. */
export type Invocation =
  | { readonly kind: "help"; readonly of: readonly string[] }
  | { readonly kind: "version" }
  | {
      readonly kind: "command";
      readonly command: Command;
      readonly words: ReadonlyMap<string, string>;
      readonly rest: readonly string[];
      readonly options: Options;
      readonly json: boolean;
    };

/** @param words the words behind the program's name. @throws TarrError `usage-*` */
export async function parse(words: readonly string[]): Promise<Invocation> {
  const typed = writtenOut(words);
  const [first] = typed;
  if (first === undefined) return { kind: "help", of: [] };
  if (first === "--json") {
    const invocation = await parse(typed.slice(1));
    if (invocation.kind !== "command") return invocation;
    refuseJson(invocation.command);
    return { ...invocation, json: true };
  }
  if (first === "--version") return { kind: "version" };
  if (first === "--help" || first === "-h" || first === "help") return parseHelp(typed.slice(1));
  const command = findCommand(typed);
  if (command === null) {
    if (isGroup(first) && (typed[1] === undefined || typed[1] === "--help" || typed[1] === "-h")) {
      return { kind: "help", of: [first] };
    }
    if (first.startsWith("-")) throw await unknownFirstOption(typed);
    throw await unknownCommand(typed);
  }
  return parseCommand(command, typed.slice(command.path.length));
}

async function unknownCommand(typed: readonly string[]): Promise<TarrError> {
  const { suggestCommand } = await import("./suggest.ts");
  const suggestion = await suggestCommand(typed, isTaken);
  // A group is right where its verb is wrong; else it is the first word that nothing is called.
  const value = printable(typed.slice(0, isGroup(typed[0] ?? "") ? 2 : 1).join(" "));
  if (suggestion === null) return new TarrError("usage-unknown-command", { value, ...groupOf(typed) });
  return new TarrError("usage-near-command", { value, suggestion: printable(suggestion) });
}

async function unknownFirstOption([first = "", ...rest]: readonly string[]): Promise<TarrError> {
  const { suggestFirstOption } = await import("./suggest.ts");
  const suggestion = suggestFirstOption(first, rest);
  if (suggestion === null) return new TarrError("usage-unknown-option", { value: printable(first), command: "" });
  return new TarrError("usage-near-option", { value: printable(first), suggestion: printable(suggestion) });
}

/** Where to look: the group's own help where there is one. */
function groupOf([first = ""]: readonly string[]): { readonly command: string } {
  return { command: isGroup(first) ? first : "" };
}

async function isTaken(words: readonly string[]): Promise<boolean> {
  return parse(words).then(
    ({ kind }) => kind === "command",
    () => false,
  );
}

/** @throws TarrError `usage-unknown-command`, `usage-near-command` for help on what is not there */
async function parseHelp(words: readonly string[]): Promise<Invocation> {
  const of = writtenOut(words.filter((word) => !["--help", "-h", "--json"].includes(word)));
  const known = commands.some((command) => of.every((word, index) => command.path[index] === word));
  if (!known) throw await unknownCommand(of);
  return { kind: "help", of };
}

function findCommand(typed: readonly string[]): Command | null {
  return commands.find((command) => command.path.every((word, index) => typed[index] === word)) ?? null;
}

export function isGroup(word: string): boolean {
  return commands.some((command) => command.path.length > 1 && command.path[0] === word);
}

async function parseCommand(command: Command, typed: readonly string[]): Promise<Invocation> {
  const gathers = command.arguments.some((name) => name.endsWith("..."));
  const { own, behind } = gathers ? splitRest(command, typed) : { own: typed, behind: [] };
  const { values, positionals } = await parseOptions(command, own);
  if (values["help"] === true) return { kind: "help", of: command.path };
  if (values["json"] === true) refuseJson(command);
  const { words, rest } = assignWords(command, [...positionals, ...behind]);
  return { kind: "command", command, words, rest, options: values, json: values["json"] === true };
}

/** @throws TarrError `usage-no-json` for what hands on what others print */
function refuseJson({ path, raw = false }: Command): void {
  if (raw) throw new TarrError("usage-no-json", { command: path.join(" ") });
}

/** For `ssh web ls -l`: behind the first words everything belongs to the command that is run there. */
function splitRest(command: Command, typed: readonly string[]): { own: string[]; behind: string[] } {
  const named = command.arguments.filter((name) => !name.endsWith("...")).length;
  if (command.path.at(-1) !== "ssh") return { own: [...typed], behind: [] };
  let seen = 0;
  const end = typed.findIndex((word) => {
    if (!word.startsWith("-")) seen += 1;
    return seen > named || word === "--";
  });
  if (end < 0) return { own: [...typed], behind: [] };
  return { own: typed.slice(0, end), behind: typed.slice(typed[end] === "--" ? end + 1 : end) };
}

async function parseOptions(
  command: Command,
  typed: readonly string[],
): Promise<{ readonly values: Options; readonly positionals: readonly string[] }> {
  // What reads options takes as long to load as all else here, and most commands are typed without one.
  if (!typed.some((word) => word.startsWith("-"))) return { values: {}, positionals: typed };
  const { parseArgs } = await import("node:util");
  const specs = { ...command.options, json: {}, help: {} } as Command["options"];
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => {
      const type = spec.value === undefined ? ("boolean" as const) : ("string" as const);
      const multiple = spec.repeats === true;
      return [name, name === "help" ? { type, multiple, short: "h" } : { type, multiple }];
    }),
  );
  try {
    const parsed = parseArgs({ args: [...typed], options, allowPositionals: true, strict: true, tokens: true });
    refuseOdd(
      parsed.tokens.flatMap((token) => (token.kind === "option" ? [{ option: token.name, value: token.value }] : [])),
      command,
    );
    return parsed;
  } catch (error) {
    throw error instanceof TarrError ? error : await optionError(error, typed, command);
  }
}

type Given = { readonly option: string; readonly value: string | undefined };

/**
 * Which of two values is meant, and what an empty one of a script's variable is to say, nobody knows.
 *
 * @throws TarrError `usage-missing-value`, `usage-option-twice`
 */
function refuseOdd(given: readonly Given[], { path, options }: Command): void {
  const command = path.join(" ");
  const seen = new Map<string, string>();
  for (const { option, value } of given) {
    if (value === undefined) continue;
    if (value === "") throw new TarrError("usage-missing-value", { option: `--${option}`, command });
    const before = seen.get(option);
    if (before !== undefined && options[option]?.repeats !== true) throw optionTwice(`--${option}`, before, value);
    seen.set(option, value);
  }
}

export function optionTwice(option: string, first: string, second: string): TarrError {
  return new TarrError("usage-option-twice", { option, first: printable(first), second: printable(second) });
}

/** parseArgs says what is wrong in English and at length; its codes are part of Node's interface. */
async function optionError(error: unknown, typed: readonly string[], of: Command): Promise<TarrError> {
  const command = of.path.join(" ");
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const said = error instanceof Error ? error.message : "";
  const option = /'(-[^' ]*)/.exec(said)?.[1] ?? typed.find((word) => word.startsWith("-")) ?? "";
  const takesNone = said.endsWith("does not take an argument");
  if (code === "ERR_PARSE_ARGS_INVALID_OPTION_VALUE" && !takesNone)
    return new TarrError("usage-missing-value", { option, command });
  const value = typed.find((word) => takesNone && word.startsWith(`${option}=`)) ?? option;
  const { suggestOption } = await import("./suggest.ts");
  const suggestion = takesNone ? null : await suggestOption(typed, of, isTaken);
  if (suggestion === null) return new TarrError("usage-unknown-option", { value: printable(value), command });
  return new TarrError("usage-near-option", { value: printable(value), suggestion: printable(suggestion) });
}

function assignWords(command: Command, given: readonly string[]) {
  const words = new Map<string, string>();
  const path = command.path.join(" ");
  const left = [...given];
  const missing = (name: string) =>
    new TarrError("usage-missing-argument", { argument: name.toUpperCase(), command: path });
  for (const name of command.arguments) {
    if (name.endsWith("...")) {
      // What ssh runs in the machine may well have an empty word.
      if (left.includes("") && command.path.at(-1) !== "ssh") throw missing(name.replace("...", ""));
      return { words, rest: left };
    }
    const word = left.shift();
    const plain = name.replace("?", "");
    // A variable of a script's that is empty names nothing: it must not stand for all, as no word at all may.
    if (word === "" || (word === undefined && !name.endsWith("?"))) throw missing(plain);
    if (word !== undefined) words.set(plain, word);
  }
  const extra = left[0];
  if (extra !== undefined) throw new TarrError("usage-extra-argument", { value: printable(extra), command: path });
  return { words, rest: [] };
}
