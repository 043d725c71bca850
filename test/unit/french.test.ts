/** No English inside French: every help, error, word and provider's problem, with what the system itself puts in. */
import { describe, expect, test } from "bun:test";
import { commands } from "../../src/cli/commands.ts";
import { errorWords } from "../../src/cli/render/error.ts";
import { help } from "../../src/cli/render/help.ts";
import { errorClasses, TarrError } from "../../src/error.ts";
import type { ErrorCode } from "../../src/error.ts";
import { errorsFr } from "../../src/messages/errors.fr.ts";
import { errorText } from "../../src/messages/messages.ts";
import { systemWords } from "../../src/messages/system-words.ts";
import { wordsFr } from "../../src/messages/words.fr.ts";
import { providerNames } from "../../src/model/machine.ts";
import { loadProvider } from "../../src/providers/registry.ts";
import { englishIn } from "./english.ts";

/** What is found where, to be read in a failure. */
function faults(texts: Iterable<readonly [string, string]>): string[] {
  return [...texts].flatMap(([where, text]) => {
    const found = englishIn(text);
    return found.length === 0 ? [] : [`${where}: ${found.join(", ")}: ${text}`];
  });
}

test("the list finds English, and takes French as French", () => {
  expect(englishIn("Le fichier /a ne peut pas être lu : no such file or directory")).toEqual([
    "no",
    "such",
    "file",
    "directory",
  ]);
  expect(englishIn("NAME manque.")).toEqual(["name"]);
  expect(englishIn("Démarrez-la : tarr-steps machine start web, puis : tarr-steps status")).toEqual([]);
  expect(englishIn("le mode est nat, et l'interface eth0")).toEqual([]);
  expect(englishIn("web  192.168.194.10  52:54:00:be:1a:be")).toEqual([]);
});

describe("in French", () => {
  test("no word of the table is English", () => {
    expect(faults(Object.entries(wordsFr()))).toEqual([]);
  });

  test("no error is English", () => {
    const texts = Object.entries(errorsFr()).flatMap(([code, { message, hint }]) => [
      [`${code} message`, message] as const,
      [`${code} hint`, hint] as const,
    ]);
    expect(faults(texts)).toEqual([]);
  });

  test.each([...providerNames])("no problem of %s is English", async (name) => {
    const { words } = (await loadProvider(name)).features;
    const texts = Object.entries(words).flatMap(([problem, { fr }]) => [
      [`${problem} message`, fr.message] as const,
      [`${problem} hint`, fr.hint] as const,
    ]);
    expect(faults(texts)).toEqual([]);
  });

  test.each([[], ["machine"], ["network"], ["image"], ["port"], ["lab"], ...commands.map(({ path }) => path)])(
    "no line of the help is English: %s %s",
    (...of: readonly string[]) => {
      // The verbs of a group are what is typed.
      const lines = help(of, "fr")
        .split("\n")
        .map((line) => (/^ +[a-z]+(?:, [a-z]+)*,?$|^ {2}[a-z]+ {2,}[a-z]+, /.test(line) ? "" : line))
        .map((line) => line.replace(/^ {2}(?:status|doctor|plan|support|confirm|plug|unplug)\b/, ""));
      expect(faults(lines.map((line) => [of.join(" "), line] as const))).toEqual([]);
    },
  );

  const said = [
    "ENOENT: no such file or directory, open '/nowhere'",
    "Error: EACCES: permission denied, open '/root/x'",
    "ENOSPC: no space left on device, write",
    "EISDIR: illegal operation on a directory, read",
    "connect ECONNREFUSED /run/tarr-steps.socket",
    "EACCES",
    "mkdir: cannot create: No space left on device",
    "Read-only file system",
    "Invalid type: Expected string but received 5",
    "SyntaxError: JSON Parse error: Unexpected EOF",
    'Executable not found in $PATH: "qemu-img"',
    "reply",
  ];

  test.each(said)("what the system says is said in French: %s", (words) => {
    const text = systemWords(words, "fr").replace("cannot create", "…");
    expect(englishIn(text.replaceAll(/\b(?:string|mkdir)\b/g, "…"))).toEqual([]);
    expect(text).not.toMatch(/\bE[A-Z]{3,}\b/);
  });

  test("so every error that tells it does", async () => {
    const codes = (Object.keys(errorClasses) as ErrorCode[]).filter((code) =>
      /\{(?:reason|said)\}/.test(JSON.stringify(errorsFr()[code])),
    );
    expect(codes.length).toBeGreaterThan(12);
    for (const code of codes) {
      // A bug is told in the very words that its report needs.
      if (code === "bug") continue;
      const reason = "ENOENT: no such file or directory, open '/nowhere'";
      const { message } = errorText({ code, values: { reason, said: reason } }, "fr");
      expect({ code, found: englishIn(message) }).toEqual({ code, found: [] });
    }
    const values = {
      provider: "lxc",
      problem: "no-layers",
      folder: "/a",
      said: "EPERM: operation not permitted, mount",
    };
    expect((await errorWords(new TarrError("provider-problem", values), "fr")).message).toContain(
      "opération interdite",
    );
  });

  test.each([
    ["NAME", "NOM"],
    ["FILE", "FICHIER"],
    ["NETWORK", "RÉSEAU"],
    ["KEY=VALUE", "CLÉ=VALEUR"],
    ["PROVIDER:MACHINE", "FOURNISSEUR:MACHINE"],
  ])("a missing %s is a missing %s", (argument, french) => {
    const error = { code: "usage-missing-argument", values: { argument, command: "x" } } as const;
    expect(errorText(error, "fr").message).toBe(`Il manque ${french}.`);
    expect(errorText(error, "en").message).toBe(`${argument} is missing.`);
  });
});
