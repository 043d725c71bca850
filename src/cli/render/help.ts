import type { Language } from "../../messages/messages.ts";
import { say } from "../../messages/messages.ts";
import type { Command } from "../command.ts";
import { commands } from "../commands.ts";
import { table } from "./table.ts";

/** The help of everything, of a group of commands, or of one command. */
export function help(of: readonly string[], language: Language): string {
  const command = commands.find((one) => one.path.join(" ") === of.join(" "));
  if (command !== undefined) return commandHelp(command, language);
  const chosen = commands.filter((one) => of.length === 0 || one.path[0] === of[0]);
  const shown = chosen.length > 0 ? chosen : commands;
  const list = table(shown.map((one) => [`  tarr-steps ${one.path.join(" ")}`, say(language, one.summary)]));
  if (of.length > 0) return list.join("\n");
  return [
    say(language, "help-title"),
    "",
    ...list,
    "",
    say(language, "help-prototype"),
    ...table(prototypeRows(language)),
    "",
    say(language, "help-footer"),
  ].join("\n");
}

function prototypeRows(language: Language): string[][] {
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

function commandHelp(command: Command, language: Language): string {
  const words = command.arguments.map((name) => {
    const upper = name.replace(/[?.]+$/, "").toUpperCase();
    if (name.endsWith("...")) return `[${upper}...]`;
    return name.endsWith("?") ? `[${upper}]` : upper;
  });
  const options = Object.entries(command.options).map(([name, spec]) =>
    spec.value === undefined
      ? `[--${name}]`
      : `[--${name} ${say(language, spec.value)}]${spec.repeats === true ? "..." : ""}`,
  );
  const usage = ["tarr-steps", ...command.path, ...words, ...options, "[--json]"].join(" ");
  return [`${say(language, "help-usage")} ${usage}`, "", say(language, command.summary)].join("\n");
}
