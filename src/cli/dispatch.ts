import { client } from "../api/client.ts";
import type { Language } from "../messages/messages.ts";
import { languageOf, say } from "../messages/messages.ts";
import { compileWhatIsUsed } from "../runtime/jit.ts";
import { printErrorLine, printLine } from "../runtime/output.ts";
import type { Context } from "./command.ts";
import type { Options } from "./parse.ts";
import { parse } from "./parse.ts";
import { isPrototype, parsePrototype, runPrototype } from "./prototype.ts";

/** Milliseconds after which a command is none of the quick ones. */
const quick = 100;

type Setting = { readonly language: Language; readonly json: boolean; readonly version: string };

/** Runs what was typed; whatever is thrown ends here, as a sentence. @returns the exit code */
export async function run(typed: readonly string[], version: string): Promise<number> {
  const language = languageOf(process.env);
  const json = typed.includes("--json");
  setTimeout(compileWhatIsUsed, quick);
  try {
    return await dispatch(typed, { language, json, version });
  } catch (error) {
    const { renderError } = await import("./render/error.ts");
    const told = await renderError(error, { language, json, call: client() });
    printErrorLine(told.text);
    return told.exit;
  }
}

async function dispatch(typed: readonly string[], setting: Setting): Promise<number> {
  if (isPrototype(typed)) return runPrototype(parsePrototype(typed), context(setting, {}));
  const invocation = await parse(typed);
  switch (invocation.kind) {
    case "help":
      printLine((await import("./render/help.ts")).help(invocation.of, setting.language));
      return 0;
    case "version":
      printLine(`tarr-steps ${setting.version}`);
      return 0;
    case "command": {
      const command = await invocation.command.load();
      const { words, rest, options, json } = invocation;
      return command(context({ ...setting, json }, { words, rest, options }));
    }
  }
}

type Given = {
  readonly words?: ReadonlyMap<string, string>;
  readonly rest?: readonly string[];
  readonly options?: Options;
};

function context(setting: Setting, given: Given): Context {
  const { language, json, version } = setting;
  const option = (name: string) => given.options?.[name];
  return {
    language,
    version,
    json,
    say: (key, values) => say(language, key, values),
    argument: (name) => given.words?.get(name) ?? "",
    rest: given.rest ?? [],
    option: (name) => {
      const value = option(name);
      return typeof value === "string" ? value : undefined;
    },
    values: (name) => {
      const value = option(name);
      return Array.isArray(value) ? value.map(String) : [];
    },
    flag: (name) => option(name) === true,
    call: client(),
    print: printLine,
    // Progress is for people: it does not mix with results that a program reads.
    note: (line) => {
      if (!json) printErrorLine(line);
    },
  };
}
