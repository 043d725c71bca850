import type { Call } from "../api/client.ts";
import type { Language, WordKey } from "../messages/messages.ts";
import type { ErrorValues } from "../error.ts";
import type { MachineName } from "../model/names.ts";
import type { CommandKey } from "./examples.ts";

/** What a command has to work with. */
export type Context = {
  readonly language: Language;
  readonly version: string;
  /** Words in the user's language. */
  readonly say: (key: WordKey, values?: ErrorValues) => string;
  /** The words that are no options, by the names of the command's arguments; the last may gather the rest. */
  readonly argument: (name: string) => string;
  readonly rest: readonly string[];
  readonly option: (name: string) => string | undefined;
  /** All values of an option that repeats. */
  readonly values: (name: string) => readonly string[];
  readonly flag: (name: string) => boolean;
  readonly json: boolean;
  /** The lab that the command is about: its machines are called as in its file. */
  readonly lab?: MachineName;
  readonly call: Call;
  /** Prints a line of result; progress goes to `note`, which is silent under --json. */
  readonly print: (line: string) => void;
  readonly note: (line: string) => void;
};

/** Ends with an exit code. */
export type Run = (context: Context) => Promise<number>;

/** `repeats`: it may be typed several times. */
export type OptionSpec = { readonly value?: WordKey; readonly repeats?: boolean };

/** A command as data: parsed, helped and completed from this. */
export type Command = {
  readonly path: readonly string[];
  /** Its words; it has an example under the same key. */
  readonly summary: CommandKey;
  /** Names of arguments; `name?` may be missing, `name...` takes the rest. */
  readonly arguments: readonly string[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Hands on what others print, byte by byte: there is nothing to be said as JSON. */
  readonly raw?: boolean;
  /** Loaded when the command is run: a command pays only for itself. */
  readonly load: () => Promise<Run>;
};
