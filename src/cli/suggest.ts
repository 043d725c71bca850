import { nearest } from "../model/nearest.ts";
import { shellWord } from "../model/shell-word.ts";
import { writtenOut } from "./aliases.ts";
import type { Command } from "./command.ts";
import { commands } from "./commands.ts";
import { examples } from "./examples.ts";

/** What other programs call our verbs. */
const synonyms: Readonly<Record<string, string>> = {
  ...{ add: "create", new: "create", make: "create", launch: "create", remove: "delete", destroy: "delete" },
  ...{ del: "delete", erase: "delete", run: "start", boot: "start", up: "start", halt: "stop", down: "stop" },
  ...{ poweroff: "stop", shutdown: "stop", kill: "stop", reboot: "restart", info: "show", inspect: "show" },
  ...{ get: "show", describe: "show", enter: "ssh", login: "ssh", connect: "ssh", shell: "ssh", attach: "console" },
  ...{ log: "logs", edit: "set", change: "set", modify: "set", revert: "restore", rollback: "restore", ps: "list" },
  ...{ pull: "import", download: "import", apply: "reload", validate: "check", dump: "capture" },
};

/** A lab is not made and deleted as other things are. */
const ofLabs: Readonly<Record<string, string>> = { create: "up", delete: "down", rm: "down", show: "status" };

const groups: readonly string[] = [
  ...new Set(commands.flatMap(({ path }) => (path.length > 1 ? [path[0] ?? ""] : []))),
];
const alone: readonly string[] = commands.flatMap(({ path }) => (path.length > 1 ? [] : [path[0] ?? ""]));

/** Whether these words would be taken as they are. */
type Taken = (words: readonly string[]) => Promise<boolean>;

/**
 * The command that was most likely meant, whole and as it would work: with the words that were typed behind it where
 * they fit it, else its example.
 */
export async function suggestCommand(typed: readonly string[], taken: Taken): Promise<string | null> {
  const meant = meantBy(typed);
  if (meant === null) return null;
  const command = commands.find(({ path }) => path.every((word, index) => meant[index] === word));
  if (command === undefined) return `tarr-steps ${meant.slice(0, 1).join(" ")} --help`;
  const fits = (await taken(meant)) && (meant.length > command.path.length || command.arguments.length === 0);
  return fits ? shellLine(meant) : `tarr-steps ${examples[command.summary]}`;
}

/** The typed words with the nearest of the command's options in the place of the one that it does not have. */
export async function suggestOption(typed: readonly string[], command: Command, taken: Taken): Promise<string | null> {
  const known = [...Object.keys(command.options), "json", "help"];
  const corrected = typed.map((word) => {
    const [, name = "", value = ""] = /^--?([^=]+)(=.*)?$/.exec(word) ?? [];
    if (name === "" || (word.startsWith("--") && known.includes(name))) return word;
    const near = known.includes(name) ? name : nearest(name, known);
    return near === null ? word : `--${near}${value}`;
  });
  if (corrected.every((word, index) => word === typed[index])) return null;
  const words = [...command.path, ...corrected];
  return (await taken(words)) ? shellLine(words) : null;
}

const firstOptions = ["--help", "--version", "--json", "--ip", "--plage", "--nombre", "--liste", "--check"] as const;

/** For what stands where a command should: an option of the program's own or of the prototype. */
export function suggestFirstOption(first: string, rest: readonly string[]): string | null {
  const near = nearest(first, firstOptions);
  return near === null ? null : shellLine([near, ...rest]);
}

function meantBy(typed: readonly string[]): readonly string[] | null {
  const [first = "", second = "", ...rest] = typed;
  if (groups.includes(first)) return inGroup(first, second, rest);
  const turned = groupOf(second);
  // `create machine web`, `list images`
  if (turned !== null && verbIn(turned, first) !== null) return [turned, verbIn(turned, first) ?? "", ...rest];
  const plural = groupOf(first);
  if (plural !== null) return second === "" ? [plural, "list"] : inGroup(plural, second, rest);
  const owner = ["machine", ...groups].find((group) => exactVerb(group, first) !== null);
  if (owner !== undefined) return [owner, exactVerb(owner, first) ?? "", ...typed.slice(1)];
  const near = nearest(first, [...alone, ...groups]);
  if (near !== null) return groups.includes(near) ? nearGroup(near, typed.slice(1)) : [near, ...typed.slice(1)];
  const verb = nearest(first, verbsOf("machine"));
  return verb === null ? null : ["machine", verb, ...typed.slice(1)];
}

/** A group's name was mistyped, and perhaps its verb too. */
function nearGroup(group: string, behind: readonly string[]): readonly string[] {
  const [verb = "", ...rest] = writtenOut([group, ...behind]).slice(1);
  return verb === "" ? [group] : (inGroup(group, verb, rest) ?? [group]);
}

function inGroup(group: string, verb: string, rest: readonly string[]): readonly string[] | null {
  const meant = verbIn(group, verb);
  return meant === null ? null : [group, meant, ...rest];
}

/** `machines` is the group `machine`. */
function groupOf(word: string): string | null {
  return groups.find((group) => word === group || word === `${group}s`) ?? null;
}

function verbsOf(group: string): readonly string[] {
  return commands.flatMap(({ path }) => (path[0] === group && path[1] !== undefined ? [path[1]] : []));
}

function exactVerb(group: string, word: string): string | null {
  const written = writtenOut([group, word])[1] ?? word;
  const said = Object.hasOwn(synonyms, word) ? (synonyms[word] ?? word) : written;
  const meant = group === "lab" && Object.hasOwn(ofLabs, said) ? ofLabs[said] : said;
  const verbs = verbsOf(group);
  return verbs.find((verb) => verb === word) ?? verbs.find((verb) => verb === meant) ?? null;
}

function verbIn(group: string, word: string): string | null {
  return exactVerb(group, word) ?? nearest(word, verbsOf(group));
}

function shellLine(words: readonly string[]): string {
  return ["tarr-steps", ...words.map(shellWord)].join(" ");
}
