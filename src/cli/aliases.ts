import { commands } from "./commands.ts";

/** What people type first, having learned it elsewhere: few, and each with one meaning. */
const whole: Readonly<Record<string, readonly string[]>> = {
  ls: ["machine", "list"],
  ssh: ["machine", "ssh"],
};

/** Verbs of a group that mean another of its verbs. */
const verbs: Readonly<Record<string, string>> = { ls: "list", rm: "delete", exec: "ssh" };

/** What was typed, with a short form written out: `machine ls` is `machine list`. A command's own name comes first. */
export function writtenOut(typed: readonly string[]): readonly string[] {
  const [first = "", second = "", ...rest] = typed;
  if (Object.hasOwn(whole, first) && !commands.some(({ path }) => path[0] === first)) {
    return [...(whole[first] ?? []), ...typed.slice(1)];
  }
  const verb = Object.hasOwn(verbs, second) ? verbs[second] : undefined;
  const has = (word: string | undefined) => commands.some(({ path }) => path[0] === first && path[1] === word);
  return verb !== undefined && has(verb) && !has(second) ? [first, verb, ...rest] : typed;
}

/** The short forms of a command. */
export function aliasesOf(path: readonly string[]): readonly string[] {
  const [group = "", verb = ""] = path;
  const ofGroup = Object.keys(verbs)
    .filter((one) => verbs[one] === verb)
    .map((one) => `${group} ${one}`);
  const alone = Object.keys(whole).filter((one) => whole[one]?.join(" ") === path.join(" "));
  return [...alone, ...ofGroup].filter((alias) => writtenOut(alias.split(" ")).join(" ") === path.join(" "));
}
