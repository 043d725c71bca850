import { describe, expect, test } from "bun:test";
import { thrown } from "../../test/unit/thrown.ts";
import type { MethodName, Parameters, Reply } from "../api/types.ts";
import { errorText, say } from "../messages/messages.ts";
import type { Context } from "./command.ts";
import { isPrototype, parsePrototype, runPrototype } from "./prototype.ts";

const words = (line: string) => line.split(" ");

function wishes(line: string): string {
  const all = parsePrototype(words(line));
  return all.map((wish) => (wish.kind === "set" ? `${wish.key}=${wish.value}` : wish.kind)).join(" ");
}

describe("each option of the prototype", () => {
  test.each([
    ["-ip 192.168.195.1/24", "address=192.168.195.1/24"],
    ["--ip 192.168.195.1/24", "address=192.168.195.1/24"],
    ["--ip=192.168.195.1/24", "address=192.168.195.1/24"],
    ["-p 192.168.194.10,192.168.194.20", "range=192.168.194.10,192.168.194.20"],
    ["--plage 192.168.194.10,192.168.194.20", "range=192.168.194.10,192.168.194.20"],
    ["-n 20", "max=20"],
    ["--nombre 20", "max=20"],
    ["--nombre=20", "max=20"],
    ["-l", "list"],
    ["--liste", "list"],
    ["--list", "list"],
    ["-c", "check"],
    ["--check", "check"],
    ["-st", "start"],
    ["--start", "start"],
    ["-sp", "stop"],
    ["--stop", "stop"],
    ["-r", "reload"],
    ["--reload", "reload"],
    [
      "-ip 10.0.0.1/24 -p 10.0.0.2,10.0.0.9 -n 8 -r -l",
      "address=10.0.0.1/24 range=10.0.0.2,10.0.0.9 max=8 reload list",
    ],
  ])("%s", (line, expected) => {
    expect(isPrototype(words(line))).toBe(true);
    expect(wishes(line)).toBe(expected);
  });

  test.each(["-l --json", "--json -l"])("%s: --json stands anywhere", (line) => {
    expect(isPrototype(words(line))).toBe(true);
    expect(wishes(line)).toBe("list");
  });
});

test.each(["status", "-h", "--help", "--version", "network list", "constructor", "--frobnicate", ""])(
  "%j was not typed for the prototype",
  (line) => {
    expect(isPrototype(words(line))).toBe(false);
  },
);

describe("what the prototype would not have understood", () => {
  test.each([
    ["-ip", "-ip needs a value.", "tarr-steps --help"],
    ["--ip=", "--ip needs a value.", "tarr-steps --help"],
    ["-l -n", "-n needs a value.", "tarr-steps --help"],
    ["-l -x", "There is no option “-x” here.", "tarr-steps --help"],
    ["-l status", "There is no option “status” here.", "tarr-steps --help"],
    // Properties that every object has are no options.
    ["-l constructor", "There is no option “constructor” here.", "tarr-steps --help"],
    ["-l toString=1", "There is no option “toString=1” here.", "tarr-steps --help"],
    ["-st=1", "There is no option “-st=1” here.", "tarr-steps --help"],
  ])("%s: %s", (line, message, hint) => {
    expect(
      errorText(
        thrown(() => parsePrototype(words(line))),
        "en",
      ),
    ).toEqual({ message, hint });
  });
});

describe("run", () => {
  /** A command line whose service records what it is asked. */
  function fake(pending: boolean) {
    const asked: unknown[] = [];
    const notes: string[] = [];
    const call = <Name extends MethodName>(method: Name, parameters: Parameters<Name>): Promise<Reply<Name>> => {
      asked.push([method, parameters]);
      return Promise.resolve({ steps: [], pending, trial: null, unknown: [], moved: [] } as unknown as Reply<Name>);
    };
    const context: Context = {
      language: "en",
      version: "0",
      say: (key, values) => say("en", key, values),
      argument: () => "",
      rest: [],
      option: () => undefined,
      values: () => [],
      flag: () => false,
      json: false,
      call,
      print: (line) => void notes.push(line),
      note: (line) => void notes.push(line),
    };
    return { asked, notes, context };
  }

  test("settings that are typed together are one change, which waits for a reload", async () => {
    const { asked, notes, context } = fake(true);
    expect(await runPrototype(parsePrototype(words("-ip 10.0.0.1/24 -p 10.0.0.2,10.0.0.9")), context)).toBe(0);
    const settings = [
      { key: "address", value: "10.0.0.1/24" },
      { key: "range", value: "10.0.0.2,10.0.0.9" },
    ];
    expect(asked).toEqual([["SetNetwork", { network: "lab", settings, apply: false, dryRun: false }]]);
    expect(notes).toEqual([
      "address: 10.0.0.1/24 is written.",
      "range: 10.0.0.2,10.0.0.9 is written.",
      "Put it into force: tarr-steps -r",
    ]);
  });

  test("-r behind them puts them into force", async () => {
    const { asked, context } = fake(true);
    await runPrototype(parsePrototype(words("-n 5 -r")), context);
    expect(asked.map((one) => (one as string[])[0])).toEqual(["SetNetwork", "Reload"]);
  });
});
