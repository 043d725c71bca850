import { beforeAll, describe, expect, test } from "bun:test";
import { commands } from "../../src/cli/commands.ts";
import { englishIn } from "../unit/english.ts";
import type { OnStage } from "./life.ts";
import { student } from "./stage.ts";

/** What a new student types in a first class; some of it is wrong, as it is then. */
const session: readonly (readonly [line: string, code: number])[] = [
  ["", 0],
  ["--help", 0],
  ["status", 0],
  ["statut", 64],
  ["doctor", 0],
  ["image list", 0],
  ["image build tinny", 1],
  ["machine list", 0],
  ["machine creat srv1", 64],
  ["machine create srv1 --start", 0],
  ["machine create srv1", 1],
  ["machine create 'mon serveur'", 64],
  ["machine list", 0],
  ["machine show srv1", 0],
  ["ssh srv1 hostname", 0],
  ["machine ssh srv2", 1],
  ["status", 0],
  ["port list", 0],
  ["port down srv1", 0],
  ["machine ssh srv1 hostname", 1],
  ["port up srv1", 0],
  ["port set srv1 delay=beaucoup", 64],
  ["network list", 0],
  ["network set lab max=10", 77],
  ["network create salle", 0],
  ["machine create srv2 --network salle", 0],
  ["machine start srv1", 0],
  ["machine set srv2 memory=12", 64],
  ["machine delete srv1", 1],
  ["machine stop srv1 --hard", 0],
  ["machine reset srv1", 0],
  ["lab check tp.yaml", 65],
  ["machine delete srv1 srv2", 0],
  ["network delete salle", 0],
];

/** What only looks, or may be done once more: the rest of what is hinted at is tried with --help. */
const harmless =
  /^tarr-steps (?:status|doctor|ls|(?:machine|port|image|network|lab) (?:list|show)|port up|machine start)\b/;

type Said = { readonly line: string; readonly code: number; readonly text: string; readonly wanted: number };

export function sessionTests(on: OnStage): void {
  const french = { LANG: "fr_FR.UTF-8", TERM: "xterm" };
  /** On a terminal, colours too. */
  const typed = async (line: string) => {
    const { stdout, code } = await student(on(), `script -qec '${line.replaceAll("'", "'\\''")}' /dev/null`, {
      env: french,
      timeout: 120_000,
    });
    return { code, text: stdout };
  };

  describe("a new student's session, in French, on a terminal", () => {
    const said: Said[] = [];
    beforeAll(async () => {
      for (const [line, wanted] of session) said.push({ line, wanted, ...(await typed(`tarr-steps ${line}`)) });
    }, 300_000);

    test("ends each command as it should", () => {
      const wrong = said.filter(({ code, wanted }) => code !== wanted);
      expect(wrong.map(({ line, code, text }) => ({ line, code, text }))).toEqual([]);
    });

    test("has no English in it", () => {
      // The help lists the commands by their names.
      const names: ReadonlySet<string> = new Set(commands.flatMap(({ path }) => path));
      const isEnglish = (line: string, word: string) => !(["", "--help"].includes(line) && names.has(word));
      const wrong = said.map(({ line, text }) => ({
        line,
        words: englishIn(text.replaceAll(/\u001b\[\d*m/g, "")).filter((word) => isEnglish(line, word)),
      }));
      expect(wrong.filter(({ words }) => words.length > 0)).toEqual([]);
    });

    test("has no red where all went well", () => {
      const red = said.filter(({ code, text, line }) => code === 0 && line !== "doctor" && text.includes("\u001b[31m"));
      expect(red).toEqual([]);
    });

    test("hints at nothing that is refused as typed", async () => {
      const hints = new Set(
        said.flatMap(({ text }) =>
          [...text.matchAll(/→.*/g)].flatMap(([hint]) =>
            [...hint.matchAll(/tarr-steps [^;,)\r]*/g)].map(([one]) => one.trim()),
          ),
        ),
      );
      expect(hints.size).toBeGreaterThan(5);
      const failed: object[] = [];
      for (const hint of hints) {
        const line = harmless.test(hint) || hint.includes("--help") ? hint : `${hint} --help`;
        const { code, text } = await typed(line);
        if ([64, 69, 70].includes(code)) failed.push({ hint, code, text });
      }
      expect(failed).toEqual([]);
    }, 120_000);
  });
}
