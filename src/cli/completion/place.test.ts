import { describe, expect, test } from "bun:test";
import { commands } from "../commands.ts";
import { placeOf } from "./place.ts";

/** What may stand at the end of a line, on one line. */
function at(line: string): string {
  const place = placeOf(line.split(" "), commands);
  if (place.kind === "words") return place.words.map(({ word }) => word).join(" ");
  return place.kind === "value" ? `<${place.of}>` : "";
}

describe("what may stand at the cursor", () => {
  test.each([
    ["network ", "list show create delete set start stop reload"],
    ["network l", "list show create delete set start stop reload"],
    ["nonsense ", ""],
    ["image build ", "<image>"],
    ["machine start ", "<machine>"],
    ["machine start web ", "<machine>"],
    ["machine rm ", "<machine>"],
    ["ssh ", "<machine>"],
    ["machine stop web --", "--hard --owner --json --help"],
    ["machine stop --hard web --", "--owner --json --help"],
    ["machine create ", ""],
    ["machine create web --image ", "<value-image>"],
    ["machine create web --nic a --nic ", "<value-nic-network>"],
    ["machine create --network lab --provider ", "<value-provider>"],
    ["machine ssh ", "<machine>"],
    ["machine ssh web -", ""],
    ["network set ", "<network>"],
    ["network set lab ", "<setting>"],
    ["network set lab max=5 ", "<setting>"],
    ["network create dmz --reach ", "<value-reach>"],
    ["plug ", "<plug>"],
    ["plug --print ", "<value-kind>"],
    ["unplug ", "<plugged>"],
    ["support --output ", "<value-file>"],
    ["help network st", "list show create delete set start stop reload"],
    ["port down ", "<port>"],
    ["port set web ", "<line>"],
    ["image import new ", "<value-file>"],
    ["image import ", ""],
    ["machine delete ", "<machine>"],
    ["machine delete web ", "<machine>"],
    ["machine set web ", "<hardware>"],
    ["machine copy ", "<copied>"],
    ["machine copy a b ", "<copied>"],
    ["lab up ", "<value-file>"],
    ["help image build ", ""],
  ])("%j: %s", (line, expected) => {
    expect(at(line)).toBe(expected);
  });

  test("every command can be reached", () => {
    for (const { path } of commands) expect(at([...path.slice(0, -1), ""].join(" "))).toContain(path.at(-1) ?? "");
  });
});
