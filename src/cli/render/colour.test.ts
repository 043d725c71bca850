import { describe, expect, test } from "bun:test";
import { hasColour, paintState, withColour } from "./colour.ts";

describe("colour", () => {
  test.each([
    [{ TERM: "xterm" }, true, true],
    [{ TERM: "xterm" }, false, false],
    [{ TERM: "dumb" }, true, false],
    [{ TERM: "xterm", NO_COLOR: "1" }, true, false],
    [{ TERM: "xterm", NO_COLOR: "" }, true, true],
  ])("with %j, on a terminal: %p", (env, isTerminal, expected) => {
    expect(hasColour(env, isTerminal)).toBe(expected);
  });

  test("of a state says what deserves a look, and is left out where it says nothing", () => {
    expect(paintState("running", "en marche")).toBe("\u001b[32men marche\u001b[0m");
    expect(paintState("paused", "paused")).toBe("\u001b[33mpaused\u001b[0m");
    expect(paintState("down", "down")).toBe("\u001b[31mdown\u001b[0m");
    expect(paintState("stopped", "stopped")).toBe("stopped");
    expect(paintState("constructor", "?")).toBe("?");
  });

  test("is the sign's alone", () => {
    expect(withColour("✓  vswitch0 is up ✗")).toBe("\u001b[32m✓\u001b[0m  vswitch0 is up ✗");
    expect(withColour("✗  down")).toBe("\u001b[31m✗\u001b[0m  down");
    expect(withColour("!  slow")).toBe("\u001b[33m!\u001b[0m  slow");
    expect(withColour("  → tarr-steps doctor")).toBe("  → tarr-steps doctor");
  });
});
