import { printLine } from "../../runtime/output.ts";
import { commands } from "../commands.ts";
import type { Place } from "./place.ts";
import { filesMark, placeOf } from "./place.ts";

/**
 * For the shells' completion, on each press of the tab key: what may stand at the cursor, one a line, with a tab and its
 * summary where it has one. What cannot be known is left out without a word: the user is typing.
 */
export async function complete(typed: readonly string[]): Promise<number> {
  const place = placeOf(typed, commands);
  const current = typed.at(-1) ?? "";
  const lines = await linesFor(place, current).catch(() => []);
  for (const line of lines) if (line === filesMark || line.startsWith(current)) printLine(line);
  return 0;
}

/** The user waits at the tab key: a place loads what it needs. */
async function linesFor(place: Place, current: string): Promise<readonly string[]> {
  switch (place.kind) {
    case "nothing":
      return [];
    case "words": {
      const { languageOf, say } = await import("../../messages/messages.ts");
      const language = languageOf(process.env);
      return place.words.map(({ word, summary }) =>
        summary === undefined ? word : `${word}\t${say(language, summary)}`,
      );
    }
    case "value":
      return (await import("./values.ts")).values(place.of, current);
  }
}
