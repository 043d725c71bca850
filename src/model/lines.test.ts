import { describe, expect, test } from "bun:test";
import { appendLine, dropLine, joinLines, splitLines } from "./lines.ts";

const texts = ["", "\n", "\r\n", "\r", "a", "a\n", "a\r\nb", "a\rb\r", "a\n\n", "\n\na", "a\r\n\nb\n\r", "a\r\nb\r\n"];

test.each(texts)("%j splits and joins to itself", (text) => {
  expect(joinLines(splitLines(text))).toBe(text);
});

describe("a line appended", () => {
  test.each(texts.filter((text) => text !== ""))("and dropped leaves %j as it was", (text) => {
    const more = appendLine(splitLines(text), "new");
    expect(joinLines(more).split(/[\r\n]+/)).toContain("new");
    expect(joinLines(dropLine(more, more.length - 1))).toBe(text);
  });

  test("ends as the others do", () => {
    expect(joinLines(appendLine(splitLines("a\r\nb\r\n"), "c"))).toBe("a\r\nb\r\nc\r\n");
    expect(joinLines(appendLine(splitLines("a\r\nb"), "c"))).toBe("a\r\nb\r\nc");
    expect(joinLines(appendLine([], "c"))).toBe("c\n");
  });
});

test("a line in the middle goes with what ends it", () => {
  expect(joinLines(dropLine(splitLines("a\r\nb\nc"), 1))).toBe("a\r\nc");
});
