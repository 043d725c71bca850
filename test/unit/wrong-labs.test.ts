import { describe, expect, test } from "bun:test";
import { renderError } from "../../src/cli/render/error.ts";
import { parseLab } from "../../src/labs/parse.ts";
import { wrongLabs } from "./wrong-labs.ts";

type Told = {
  readonly error: {
    readonly message: string;
    readonly hint: string;
    readonly faults: readonly {
      readonly line: number;
      readonly value: string;
      readonly rule: string;
      readonly message: string;
    }[];
  };
};

async function told(text: string, language: "en" | "fr") {
  try {
    parseLab("tp.yaml", text);
  } catch (error) {
    const { exit, text: json } = await renderError(error, { language, json: true });
    return { exit, ...(JSON.parse(json) as Told) };
  }
  throw new Error("it was taken");
}

describe("all that is wrong with a lab file is told at once, with line, value and rule", () => {
  test("of many files", () => {
    expect(wrongLabs.length).toBeGreaterThanOrEqual(40);
    expect(new Set(wrongLabs.map(({ name }) => name)).size).toBe(wrongLabs.length);
  });

  test.each(wrongLabs.map((one) => [one.name, one] as const))("%s", async (_, { text, faults }) => {
    const { exit, error } = await told(text, "en");
    expect(error.faults.map(({ line, value, rule }) => [line, value, rule])).toEqual(faults.map((one) => [...one]));
    expect(exit).toBe(65);
    expect(error.hint).not.toBe("");
    for (const { line, message } of error.faults) expect(message).toStartWith(`tp.yaml:${line}: `);
  });

  test.each(wrongLabs.map((one) => [one.name, one] as const))("%s, in French", async (_, { text, faults }) => {
    const { error } = await told(text, "fr");
    for (const [index, { line, message, value }] of error.faults.entries()) {
      expect(message).toStartWith(`tp.yaml:${line} : `);
      // What is the file's own may be of any language.
      const own = message.replace(value, "");
      expect(own).not.toMatch(/\b(the|is|not|must|missing|unexpected|expected|be|map|flow|Possible|Did)\b|[“”]/);
      expect(faults[index]?.[0]).toBe(line);
    }
  });
});
