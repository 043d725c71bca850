import type { Language, WordKey } from "../../messages/messages.ts";
import { say, sayCode } from "../../messages/messages.ts";
import { aliasesOf } from "../aliases.ts";
import type { Command } from "../command.ts";
import { commands } from "../commands.ts";
import { examples } from "../examples.ts";
import { columns, twoColumns, wrapped } from "./wrap.ts";

/** What is typed first, in this order. */
const firstSteps = [
  ["image build tiny", "help-first-image"],
  ["machine create web --start", "help-first-machine"],
  ["machine ssh web", "help-first-ssh"],
  ["status", "help-first-status"],
  ["doctor", "help-first-doctor"],
] as const satisfies readonly (readonly [string, WordKey])[];

/** Headings, with the first words of the commands below them; what is named nowhere is below the last. */
const headings = [
  ["help-heading-machine", ["machine", "plug", "unplug"]],
  ["help-heading-image", ["image"]],
  ["help-heading-lab", ["lab"]],
  ["help-heading-network", ["network", "confirm"]],
  ["help-heading-port", ["port"]],
  ["help-heading-host", []],
] as const satisfies readonly (readonly [WordKey, readonly string[]])[];

/** The help of everything, of a group of commands, or of one command. */
export function help(of: readonly string[], language: Language): string {
  const command = commands.find((one) => one.path.join(" ") === of.join(" "));
  if (command !== undefined) return commandHelp(command, language).join("\n");
  const [group] = of;
  return (group === undefined ? overview(language) : groupHelp(group, language)).join("\n");
}

function overview(language: Language): string[] {
  const words = `${say(language, "value-command")} [${say(language, "value-options")}...]`;
  return [
    ...wrapped(say(language, "help-title"), columns),
    `${say(language, "help-usage")} tarr-steps ${words}`,
    "",
    say(language, "help-heading-first"),
    ...twoColumns(firstSteps.map(([line, key]) => [`  tarr-steps ${line}`, say(language, key)])),
    ...sections(language),
    "",
    say(language, "help-prototype"),
    ...twoColumns(prototypeRows(language)),
    "",
    ...say(language, "help-more").split("\n"),
  ];
}

function sections(language: Language): string[] {
  const named: ReadonlySet<string> = new Set(headings.flatMap(([, of]) => [...of]));
  return headings.flatMap(([title, of]) => {
    const own: readonly string[] = of;
    const below = commands
      .filter(({ path: [first = ""] }) => (own.length === 0 ? !named.has(first) : own.includes(first)))
      .sort((one, other) => own.indexOf(one.path[0] ?? "") - own.indexOf(other.path[0] ?? ""));
    const lines = [...Map.groupBy(below, ({ path }) => path[0] ?? "")].map(
      ([first, all]): readonly [string, string] => [`  ${first}`, summaryOf(all, language)],
    );
    const group = own.find((first) => below.some(({ path }) => path[0] === first && path.length > 1));
    const more = group === undefined ? "" : ` (tarr-steps ${group} --help)`;
    return ["", `${say(language, title)}${more}${language === "fr" ? " :" : ":"}`, ...twoColumns(lines)];
  });
}

/** One command's own words, or the verbs of a group. */
function summaryOf(commands: readonly Command[], language: Language): string {
  const [first] = commands;
  if (first?.path.length === 1) return say(language, first.summary);
  return commands.map(({ path }) => path.slice(1).join(" ")).join(", ");
}

function groupHelp(group: string, language: Language): string[] {
  const own = commands.filter(({ path }) => path[0] === group);
  const verb = own[0]?.path[1] ?? "";
  return [
    `${say(language, "help-usage")} tarr-steps ${group} ${say(language, "value-command")} [${say(language, "value-options")}...]`,
    "",
    ...twoColumns(own.map(({ path, summary }) => [`  tarr-steps ${path.join(" ")}`, say(language, summary)])),
    "",
    say(language, "help-more-group", { group, verb }),
  ];
}

function prototypeRows(language: Language): [string, string][] {
  return [
    ["  -h, --help", say(language, "help-prototype-help")],
    [`  -ip, --ip ${say(language, "value-address")}`, say(language, "help-prototype-ip")],
    [`  -p, --plage ${say(language, "value-range")}`, say(language, "help-prototype-range")],
    ["  -n, --nombre N", say(language, "help-prototype-max")],
    ["  -l, --liste, --list", say(language, "help-prototype-list")],
    ["  -c, --check", say(language, "help-prototype-check")],
    ["  -st, --start", say(language, "help-network-start")],
    ["  -sp, --stop", say(language, "help-network-stop")],
    ["  -r, --reload", say(language, "help-network-reload")],
  ];
}

function commandHelp(command: Command, language: Language): string[] {
  const path = command.path.join(" ");
  const words = command.arguments.map((name) => {
    const shown = placeholder(command, name, language);
    if (name.endsWith("...")) return `[${shown}...]`;
    return name.endsWith("?") ? `[${shown}]` : shown;
  });
  const usage = ["tarr-steps", path, ...words, `[${say(language, "value-options")}...]`].join(" ");
  const details = optional(`details-${command.path.join("-")}`, language);
  const aliases = aliasesOf(command.path).map((alias) => `tarr-steps ${alias}`);
  return [
    `${say(language, "help-usage")} ${usage}`,
    "",
    ...wrapped(capitalised(say(language, command.summary)), columns),
    ...details.flatMap((text) => text.split("\n").flatMap((line) => wrapped(line, columns))),
    ...(aliases.length === 0 ? [] : [say(language, "help-more-aliases", { aliases: aliases.join(", ") })]),
    "",
    say(language, "help-options"),
    ...twoColumns(optionRows(command, language)),
    "",
    say(language, "help-example"),
    `  tarr-steps ${examples[command.summary]}`,
  ];
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What stands for an argument in the reader's language. */
function placeholder({ path }: Command, name: string, language: Language): string {
  const plain = name.replace(/[?.]+$/, "");
  const [own] = [...optional(`argument-${path.join("-")}-${plain}`, language)];
  return own ?? sayCode(language, `argument-${plain}`);
}

function optionRows(command: Command, language: Language): [string, string][] {
  const path = command.path.join("-");
  const rows = Object.entries(command.options).map(([name, { value }]): [string, string] => [
    value === undefined ? `  --${name}` : `  --${name} ${say(language, value)}`,
    optionWords([path, command.path[0] ?? ""], name, language),
  ]);
  const json: [string, string][] = command.raw === true ? [] : [["  --json", say(language, "option-json")]];
  return [...rows, ...json, ["  -h, --help", say(language, "option-help")]];
}

/** What an option does for this command, for this group, or everywhere. */
function optionWords(owners: readonly string[], name: string, language: Language): string {
  const own = owners.flatMap((owner) => optional(`option-${owner}-${name}`, language))[0];
  return own ?? sayCode(language, `option-${name}`);
}

/** The words of a key that need not be there. */
function optional(key: string, language: Language): string[] {
  const text = sayCode(language, key);
  return text === key ? [] : [text];
}
