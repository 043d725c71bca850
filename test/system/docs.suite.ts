import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Release } from "../room/debian-root.ts";
import { commandsOf } from "../unit/page.ts";
import type { Stage } from "./stage.ts";
import { openStage, student } from "./stage.ts";

/** What wants a person at a terminal, another program, or a kernel that can make a line worse: other suites have these. */
const elsewhere = [/machine console/, /wireshark/, /port set \S+ delay=/, /^tarr-steps machine ssh \S+$/];

/** A newcomer who types what a page shows, block after block, and nothing else. */
export function docsSuite(release: Release): void {
  describe(`the page of five minutes on ${release}`, () => {
    let stage: Stage | null = null;
    beforeAll(async () => {
      stage = await openStage(release);
    }, 600_000);
    afterAll(async () => {
      await stage?.destroy();
    });

    for (const { line, at } of commandsOf(readFileSync("docs/en/start.md", "utf8"))) {
      if (elsewhere.some((pattern) => pattern.test(line))) continue;
      test(`${at === null ? "" : `in ${at}: `}${line}`, async () => {
        if (stage === null) throw new Error("the stage was not built: see the failure above");
        const typed = at === null ? line : `tarr-steps machine ssh ${at} -- ${line}`;
        const { code, stderr } = await student(stage, typed, { timeout: 120_000 });
        expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
      }, 130_000);
    }
  });
}
