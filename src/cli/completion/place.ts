import type { WordKey } from "../../messages/messages.ts";
import { writtenOut } from "../aliases.ts";
import type { Command } from "../command.ts";

/** Where the shell completes names of files itself. */
export const filesMark = ":files";

/** What could stand where the cursor is. */
export type Place =
  { readonly kind: "words"; readonly words: readonly Candidate[] } | ValuePlace | { readonly kind: "nothing" };

/** A name that only the host or the user's folder knows, or one of a fixed list, by what the command calls it. */
export type ValuePlace = {
  readonly kind: "value";
  readonly of:
    | WordKey
    | "network"
    | "machine"
    | "lab-machine"
    | "plug"
    | "plugged"
    | "image"
    | "port"
    | "setting"
    | "line"
    | "hardware"
    | "copied";
};

export type Candidate = { readonly word: string; readonly summary?: WordKey };

/** @param typed the words behind the program's name; the last is the one at the cursor, and may be empty */
export function placeOf(typed: readonly string[], commands: readonly Command[]): Place {
  const before = writtenOut(typed.slice(0, -1));
  const current = typed.at(-1) ?? "";
  const [first, ...rest] = before;
  if (first === "help") return placeOf([...rest, current], commands.map(bare));
  const command = commands.find(({ path }) => path.every((word, index) => before[index] === word));
  if (command !== undefined) return placeIn(command, before.slice(command.path.length), current);
  const known = commands.some(({ path }) => before.every((word, index) => path[index] === word));
  if (!known) return { kind: "nothing" };
  return { kind: "words", words: nextWords(commands, before.length, before) };
}

/** For `help`: a command's own words alone. */
function bare(command: Command): Command {
  return { ...command, arguments: [], options: {} };
}

function nextWords(commands: readonly Command[], depth: number, before: readonly string[]): Candidate[] {
  const words = new Map<string, Candidate>();
  for (const { path, summary } of commands) {
    const word = path[depth];
    if (word === undefined || !before.every((one, index) => path[index] === one)) continue;
    // A group of commands has no summary of its own.
    words.set(word, path.length === depth + 1 ? { word, summary } : { word });
  }
  if (depth === 0) for (const word of ["help", "--help", "--version"]) words.set(word, { word });
  return [...words.values()];
}

function placeIn(command: Command, before: readonly string[], current: string): Place {
  const { option, positionals } = read(command, before);
  if (option !== null) return { kind: "value", of: option };
  const named = command.arguments.filter((name) => !name.endsWith("...")).length;
  // Behind `ssh NAME` stand the words of another program's.
  if (command.path.at(-1) === "ssh" && positionals.length >= named) return { kind: "nothing" };
  if (current.startsWith("-")) return { kind: "words", words: optionWords(command, before) };
  return valueOf(command, positionals.length);
}

function read(command: Command, before: readonly string[]): { option: WordKey | null; positionals: string[] } {
  const positionals: string[] = [];
  let option: WordKey | null = null;
  for (const word of before) {
    if (option !== null) option = null;
    else if (word.startsWith("--")) option = command.options[word.slice(2)]?.value ?? null;
    else positionals.push(word);
  }
  return { option, positionals };
}

function optionWords(command: Command, before: readonly string[]): Candidate[] {
  const left = Object.entries(command.options).filter(
    ([name, { repeats }]) => repeats || !before.includes(`--${name}`),
  );
  const json = command.raw === true ? [] : ["json"];
  return [...left.map(([name]) => name), ...json, "help"].map((name) => ({ word: `--${name}` }));
}

/** Words of a command whose value is a new name, or nothing that we could know. */
const fresh: ReadonlySet<string> = new Set(["machine create name", "network create network", "image import name"]);

/** What stands for an argument, by its name. */
const values: Readonly<Record<string, Extract<Place, { kind: "value" }>["of"]>> = {
  network: "network",
  image: "image",
  port: "port",
  name: "machine",
  machine: "plug",
  file: "value-file",
  source: "value-file",
  setting: "setting",
};
/** Where the command says more than the name. */
const special: typeof values = {
  "port set setting": "line",
  "unplug machine": "plugged",
  "lab reset machine": "lab-machine",
  "machine set setting": "hardware",
  "machine copy from": "copied",
  "machine copy to": "copied",
};

function valueOf({ path, arguments: names }: Command, position: number): Place {
  const name = names[position] ?? (names.at(-1)?.endsWith("...") === true ? names.at(-1) : undefined);
  const plain = (name ?? "").replace(/[?.]+$/, "");
  const whole = `${path.join(" ")} ${plain}`;
  const of = special[whole] ?? values[plain];
  return of === undefined || fresh.has(whole) ? { kind: "nothing" } : { kind: "value", of };
}
