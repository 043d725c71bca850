import { describe, expect, spyOn, test } from "bun:test";
import ts from "typescript";
import type { ErrorCode } from "../../src/error.ts";
import { errorClasses, TarrError } from "../../src/error.ts";
import { causes } from "../../src/daemon/probes.ts";
import { commands } from "../../src/cli/commands.ts";
import { errorsEn } from "../../src/messages/errors.en.ts";
import { errorsFr } from "../../src/messages/errors.fr.ts";
import { errorText, languageOf, say, sayCode } from "../../src/messages/messages.ts";
import { wordsEn } from "../../src/messages/words.en.ts";
import { wordsFr } from "../../src/messages/words.fr.ts";
import { reaches } from "../../src/model/network.ts";
import { reasons } from "../../src/plan/step.ts";
import { readSource, sources } from "./sources.ts";

/** Every text of a language by its place: `error range-full hint`, `word status-dhcp`. */
function texts(
  errors: ReturnType<typeof errorsEn>,
  words: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const ofErrors = Object.entries(errors).flatMap(([code, { message, hint }]) => [
    [`error ${code} message`, message] as const,
    [`error ${code} hint`, hint] as const,
  ]);
  return new Map([...ofErrors, ...Object.entries(words).map(([key, text]) => [`word ${key}`, text] as const)]);
}

const english = texts(errorsEn(), wordsEn());
const french = texts(errorsFr(), wordsFr());
/** `{count|machine|machines}` is the hole `{count}`. */
const holesOf = (text: string) =>
  [...new Set(text.match(/\{[^}]*\}/g))].map((hole) => hole.replace(/\|.*\}$/, "}")).sort();

describe("both languages", () => {
  test("have the same texts", () => {
    expect([...french.keys()].sort()).toEqual([...english.keys()].sort());
    expect(english.size).toBeGreaterThan(250);
  });

  test("with the same holes", () => {
    const different = [...english].filter(
      ([key, text]) => holesOf(text).join() !== holesOf(french.get(key) ?? "").join(),
    );
    expect(different).toEqual([]);
  });

  test("whose holes can be filled: a brace that is none would be printed", () => {
    const odd = [...english, ...french].filter(
      ([, text]) => text.replace(/\{[a-z]+(?:\|[^{}|]+\|[^{}|]+)?\}/g, "").match(/[{}]/) !== null,
    );
    expect(odd).toEqual([]);
  });

  test("say something", () => {
    expect([...english, ...french].filter(([, text]) => text.trim() === "")).toEqual([]);
  });
});

describe("every code has its words", () => {
  const has = (key: string) => key in wordsEn();

  test("errors: a sentence and the next command", () => {
    for (const code of Object.keys(errorClasses) as ErrorCode[]) {
      expect({ code, known: code in errorsEn() && code in errorsFr() }).toEqual({ code, known: true });
    }
    expect(Object.keys(errorsEn()).sort()).toEqual(Object.keys(errorClasses).sort());
  });

  test("steps", () => {
    const kinds = literalsOf("src/plan/step.ts", "StepArguments");
    expect(kinds.length).toBeGreaterThan(15);
    expect(kinds.filter((kind) => !has(`step-${kind}`))).toEqual([]);
  });

  test("reasons, reaches and states", () => {
    const states = ["up", "down", "running", "stopped", "paused", "unknown"];
    expect(reasons.filter((reason) => !has(`reason-${reason}`))).toEqual([]);
    expect(reaches.filter((reach) => !has(`reach-${reach}`))).toEqual([]);
    expect(states.filter((state) => !has(`state-${state}`))).toEqual([]);
  });

  test("no word for what is none", () => {
    const kinds = new Set(literalsOf("src/plan/step.ts", "StepArguments").map((kind) => `step-${kind}`));
    const known = new Set([...kinds, ...reasons.map((reason) => `reason-${reason}`)]);
    expect(Object.keys(wordsEn()).filter((key) => /^(step|reason)-/.test(key) && !known.has(key))).toEqual([]);
  });

  test("checks of the doctor: what is good; what is bad, and what to do", () => {
    const checks = ["daemon/diagnose", "daemon/lan-checks", "daemon/vmware-checks", "cli/commands/doctor"].flatMap(
      (one) => checksIn(`src/${one}.ts`),
    );
    // Some are told by an error's own sentence.
    const needed = checks.flatMap(({ id, how }) => {
      if (id in errorClasses) return [];
      const good = how !== "warn" && how !== "fail" ? [`check-${id}`] : [];
      return how === "pass" ? good : [...good, `check-${id}-bad`, `check-${id}-hint`];
    });
    // Theirs have a remedy for each cause.
    needed.push(...checksIn("src/daemon/probes.ts").flatMap(({ id }) => [`check-${id}`, `check-${id}-bad`]));
    expect(checks.length).toBeGreaterThan(12);
    expect(needed.filter((key) => !has(key))).toEqual([]);
    expect(Object.keys(wordsEn()).filter((key) => key.startsWith("check-") && !needed.includes(key))).toEqual([]);
  });

  test("causes of what a machine is not answered, each with its remedy", () => {
    const needed = causes.flatMap((cause) => [`cause-${cause}`, `cause-${cause}-hint`]);
    expect(Object.keys(wordsEn()).filter((key) => key.startsWith("cause-"))).toEqual(needed);
  });

  test("commands and the values of their options", () => {
    const keys = commands.flatMap((one) => [one.summary, ...Object.values(one.options).map((option) => option.value)]);
    expect(keys.filter((key) => key !== undefined && !has(key))).toEqual([]);
    const helps = Object.keys(wordsEn()).filter((key) =>
      /^help-(?!title|usage|options|example|heading|first|more|prototype)/.test(key),
    );
    expect(helps.filter((key) => !keys.some((one) => one === key))).toEqual([]);
  });
});

/** The keys of a type that is written as `{ "a": …; b: … }`. */
function literalsOf(path: string, type: string): string[] {
  const found = readSource(path).tree.statements.find(
    (one) => ts.isTypeAliasDeclaration(one) && one.name.text === type,
  );
  if (found === undefined || !ts.isTypeAliasDeclaration(found) || !ts.isTypeLiteralNode(found.type))
    throw new Error(type);
  return found.type.members.map((member) => (member.name as ts.Identifier | ts.StringLiteral).text);
}

type UsedCheck = { readonly id: string; readonly how: string };

/** `pass("id", …)`, `warn(…)`, `fail(…)`, `verdict("id", …)`, and `{ id: "…", status: … }`, as they are written. */
function checksIn(path: string): readonly UsedCheck[] {
  const found: UsedCheck[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      const [id] = node.arguments;
      const how = node.expression.text;
      if (/^(pass|warn|fail|verdict)$/.test(how) && id !== undefined && ts.isStringLiteral(id)) {
        found.push({ id: id.text, how });
      }
      if (how === "toCheck") found.push(...literalChecks(node.arguments[0]));
    }
    ts.forEachChild(node, visit);
  };
  visit(readSource(path).tree);
  return found;
}

function literalChecks(node: ts.Expression | undefined): readonly UsedCheck[] {
  const text = node?.getText() ?? "";
  const id = /id: "([^"]*)"/.exec(text)?.[1];
  const status = /status: ("?)(\w+)\1/.exec(text)?.[2] ?? "";
  if (id !== undefined) return [{ id, how: status === "usable" ? "verdict" : status }];
  // The one place that chooses between two ids, both good.
  return text.includes("id, status") ? ["provider", "provider-slow"].map((one) => ({ id: one, how: "pass" })) : [];
}

describe("every error is told with what its sentence needs", () => {
  /** `new TarrError("code", { key: …, other })` wherever the values are written down beside the code. */
  const thrown = sources().flatMap((source) => {
    const found: { where: string; code: string; keys: string[] }[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isNewExpression(node) && node.expression.getText() === "TarrError") {
        const [code, values] = node.arguments ?? [];
        const keys = code !== undefined && ts.isStringLiteral(code) ? keysOf(values) : null;
        if (keys !== null) found.push({ where: source.path, code: (code as ts.StringLiteral).text, keys });
      }
      ts.forEachChild(node, visit);
    };
    visit(source.tree);
    return found;
  });

  test("each hole has its value", () => {
    const missing = thrown.flatMap(({ where, code, keys }) => {
      const words = errorsEn()[code as ErrorCode];
      const holes = holesOf(words.message + words.hint).map((hole) => hole.slice(1, -1));
      // Told by messages.ts itself, in the reader's language.
      return holes
        .filter((hole) => hole !== "why" && hole !== "how" && !keys.includes(hole))
        .map((hole) => `${where}: ${code} {${hole}}`);
    });
    expect(thrown.length).toBeGreaterThan(40);
    expect(missing).toEqual([]);
  });

  test("every code is thrown somewhere", () => {
    const all = sources().filter((one) => !/^src\/(error|messages)/.test(one.path));
    const unused = Object.keys(errorClasses).filter((code) => !all.some((one) => one.text.includes(`"${code}"`)));
    expect(unused).toEqual([]);
  });
});

/** The keys of values that are written down; null where some come from elsewhere (`...values`). */
function keysOf(values: ts.Expression | undefined): string[] | null {
  if (values === undefined) return [];
  if (!ts.isObjectLiteralExpression(values)) return null;
  if (values.properties.some((one) => ts.isSpreadAssignment(one))) return null;
  return values.properties.map((one) => one.name?.getText() ?? "");
}

describe("French", () => {
  /** What is a command, a unit or a word of both languages. */
  const sameInBoth: readonly RegExp[] = [
    /^(sudo )?(adduser|tarr-steps|journalctl|varlinkctl|systemctl) [^ ]*( [^ ]+)*$/,
    /^(PORTS?|MAC|IMAGE|INTERFACE|NETWORK|nat|N|MACHINES?|OPTION|SOURCE|Machines|Images|Ports)$/,
  ];
  const sentences = [...french].filter(([, text]) => !sameInBoth.some((one) => one.test(text)));

  test("is French: no text is the English one", () => {
    expect(sentences.filter(([key, text]) => english.get(key) === text)).toEqual([]);
  });

  // A space before them, as French has it; none before a colon in an address, a path or a command's option.
  test.each([
    [":", /[^\s\d0-9:]:(?=\s|$)/],
    [";", /\S;/],
    ["!", /\S!/],
    ["?", /\S\?/],
    ["»", /\S»/],
    ["«", /«\S/],
  ])("puts a space at %s", (_, wrong) => {
    expect(sentences.filter(([, text]) => wrong.test(text))).toEqual([]);
  });

  test("quotes as French does, with pairs", () => {
    expect(sentences.filter(([, text]) => /[“”"]/.test(text))).toEqual([]);
    expect(sentences.filter(([, text]) => text.split("«").length !== text.split("»").length)).toEqual([]);
  });

  test("has one kind of space before them: all plain, or all no-break", () => {
    const kinds = new Set(
      sentences.flatMap(([, text]) => [...text.matchAll(/(\s)(?:[;!?»]|:(?=\s|$))/g)].map(([, space]) => space)),
    );
    expect(kinds.size).toBe(1);
  });

  test("says vous, and has its accents", () => {
    expect(sentences.filter(([, text]) => /\b(tu|ton|tes|toi)\b/.test(text))).toEqual([]);
    expect(
      sentences.filter(
        ([, text]) => /\b(reseau|deja|demarr|arret[eé]|systeme|probleme|a la)\b/.test(text) && !text.includes("à"),
      ),
    ).toEqual([]);
  });
});

describe("as it is read", () => {
  test.each([
    [{}, "en"],
    [{ LANG: "fr_FR.UTF-8" }, "fr"],
    [{ LANG: "fr" }, "fr"],
    [{ LANG: "fr_CA" }, "fr"],
    [{ LANG: "frr_DE.UTF-8" }, "en"],
    [{ LANG: "C.UTF-8" }, "en"],
    [{ LANG: "fr_FR.UTF-8", LC_ALL: "C" }, "en"],
    [{ LANG: "en_US.UTF-8", LC_MESSAGES: "fr_FR.UTF-8" }, "fr"],
    [{ LANG: "fr_FR.UTF-8", LC_ALL: "" }, "fr"],
  ] as const)("the language of %j is %s", (environment, expected) => {
    expect(languageOf(environment)).toBe(expected);
  });

  test("a value is put into each of its holes, and only there", () => {
    const error = new TarrError("address-without-prefix", { value: "192.0.2.1" });
    expect(errorText(error, "en")).toEqual({
      message: "“192.0.2.1” has no prefix length.",
      hint: "Write it like this: 192.0.2.1/24",
    });
    const tricky = new TarrError("address-invalid", { value: "{value} $& $1" });
    expect(errorText(tricky, "fr").message).toBe("« {value} $& $1 » n'est pas une adresse IPv4.");
  });

  test("what a program printed cannot move the cursor", () => {
    const error = new TarrError("command-failed", { command: "ip", status: "1", said: "\x1b[2Jone\r\ntwo\u009b" });
    expect(errorText(error, "en").message).toBe("“ip” failed (status 1):  [2Jone two ");
  });

  test("a code of a later version is told as it is, and never throws", () => {
    expect(sayCode("fr", "step-teleport")).toBe("step-teleport");
    expect(errorText({ code: "no-such-code" as ErrorCode, values: {} }, "fr").message).toBe("no-such-code");
  });

  test("words with a value", () => {
    expect(say("fr", "written", { key: "address", value: "192.0.2.1/24" })).toBe("address : 192.0.2.1/24 est écrit.");
  });
});

test("reading a document never warns on our standard error by itself", async () => {
  const { parseDocument } = await import("../../src/model/document.ts");
  const warned = spyOn(process, "emitWarning").mockImplementation(() => undefined);
  try {
    parseDocument("networks:\n  ? {a: 1}\n  : {address: 192.0.2.1/24}\n");
  } catch {
    // Refused; only what it said on the way counts.
  }
  expect(warned).not.toHaveBeenCalled();
  warned.mockRestore();
});
