/** A hint is a command that works for whoever reads it, or says whom to ask. */
import { beforeEach, describe, expect, test } from "bun:test";
import type { Call } from "../../src/api/client.ts";
import { renderError } from "../../src/cli/render/error.ts";
import { hintFor } from "../../src/cli/render/hint.ts";
import type { ErrorCode } from "../../src/error.ts";
import { errorClasses, FaultyFile, TarrError } from "../../src/error.ts";
import { parseLab } from "../../src/labs/parse.ts";
import { errorText, languages, say } from "../../src/messages/messages.ts";

const codes = Object.keys(errorClasses) as ErrorCode[];
const student = { mayAdminister: false, ownNetworks: new Set<string>() };
const ofAdministrators =
  /\bsudo |\bjournalctl |systemctl (?:re)?start|\btarr-steps (?:confirm|network (?:set|start|stop|reload)|-(?:ip|[npr]|s[tp])\b)/;

/** As a student reads them. What is typed in a machine is its user's own affair. */
const hints = languages.flatMap((language) =>
  codes.map((code) => {
    const { hint } = errorText({ code, values: { command: "machine list" } }, language);
    const context = {
      say: (key: Parameters<typeof say>[1], values?: Parameters<typeof say>[2]) => say(language, key, values),
    };
    return {
      code,
      hint: hintFor(student, { hint, network: undefined }, context).replace(/tarr-steps machine ssh .*/, ""),
    };
  }),
);

test("of all errors, what a student may not type is an administrator's to type", () => {
  const wrong = hints.filter(({ hint }) => ofAdministrators.test(hint) && !/administrat|\broot\b/i.test(hint));
  expect(wrong).toEqual([]);
});

test("a machine is stopped before it is deleted: one that runs is not", () => {
  const alone = hints.filter(({ hint }) =>
    /machine delete \{name\}/.test(hint.replaceAll(/machine stop \{name\} && tarr-steps machine delete \{name\}/g, "")),
  );
  // Of one whose record is broken nobody knows whether it runs, and it is deleted as it is.
  expect([...new Set(alone.map(({ code }) => code))]).toEqual(["machine-half-made", "machine-record-broken"]);
});

describe("a refusal", () => {
  const asked: string[] = [];
  beforeEach(() => void asked.splice(0));
  const callOf =
    (mayAdminister: boolean, uid: number): Call =>
    (method: string) => {
      asked.push(method);
      const rights = { user: "etu", mayUse: true, mayAdminister, use: [], administer: [] };
      return Promise.resolve(method === "GetRights" ? rights : { networks: [{ name: "dmz", uid }], pending: false });
    };
  const full = new TarrError("range-full", { max: "5", network: "dmz" });
  const own = process.getuid?.() ?? 0;
  const lastLine = async (error: unknown, call: Call) =>
    (await renderError(error, { language: "en", json: false, call })).text.split("\n").at(-1);

  const command = "Delete a machine, or widen the range: tarr-steps network set dmz range=FIRST-LAST max=N";
  test("of what an administrator may change sends a student to one, and nobody else", async () => {
    expect(await lastLine(full, callOf(false, own + 1))).toBe(`  → Ask an administrator: ${command.replace("D", "d")}`);
    expect(await lastLine(full, callOf(true, own + 1))).toBe(`  → ${command}`);
    expect(await lastLine(full, callOf(false, own))).toBe(`  → ${command}`);
  });

  test("with a hint for everybody asks the service nothing", async () => {
    expect(await lastLine(new TarrError("machine-unknown", { name: "web" }), callOf(false, 1))).toBe(
      "  → tarr-steps machine list",
    );
    expect(asked).toEqual([]);
  });

  test("of a line of a lab too", async () => {
    const { source } = parseLab("tp.yaml", "machines:\n  web: {nics: [{network: lab, host: 20}]}\n  db: {}\n");
    const values = { value: "20", network: "lab", range: "30-40" };
    for (const name of ["web", "db"]) {
      source.note(["machines", name], { value: name, cause: { code: "range-full", values: { ...values, max: "5" } } });
    }
    const error = await Promise.resolve()
      .then(() => source.refuse())
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FaultyFile);
    const { text } = await renderError(error, { language: "en", json: false, call: callOf(false, own + 1) });
    expect(text).toContain("    → Ask an administrator: delete a machine, or widen the range:");
  });
});
