import { describe, expect, test } from "bun:test";
import { linesAsText, shownAsText } from "./terminal-text.ts";

describe("what a guest prints, on the user's terminal", () => {
  test.each([
    ["plain\ttext, été\n", "plain\ttext, été\n"],
    ["[\u001b[0;32m  OK  \u001b[0m] Started\r\n", "[  OK  ] Started\n"],
    ["\u001b]0;title\u0007", "^[]0;title^G"],
    ["\u001b[2J\u001b[6n", "^[[2J^[[6n"],
    ["harmless\rhidden", "harmless^Mhidden"],
    ["\u009b31m\u007f\u202e", "?31m^??"],
  ])("%j is shown as %j", (text, shown) => {
    expect(shownAsText(text)).toBe(shown);
  });

  test("in pieces that part a sequence, and in a line without an end", async () => {
    async function* pieces() {
      yield "one\ntwo \u001b";
      yield* [await Promise.resolve("[1mbold\u001b[0m\nlast"), "\u001b[2J"];
    }
    let shown = "";
    for await (const text of linesAsText(pieces())) shown += text;
    expect(shown).toBe("one\ntwo bold\nlast^[[2J");
  });
});
