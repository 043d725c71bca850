import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Release } from "../room/debian-root.ts";
import { commandsOf } from "../unit/page.ts";
import type { Stage } from "./stage.ts";
import { openStage, people, student } from "./stage.ts";

type Page = {
  readonly name: string;
  /** What must be to be had where nothing can be fetched from outside. */
  readonly packages: readonly string[];
  /** What wants a person at a terminal, another program, or something from outside: other suites have these. */
  readonly elsewhere: readonly RegExp[];
  /** What stands for a line in a test: a server that is outside, a screen. */
  readonly instead: readonly (readonly [RegExp, string])[];
  /** What a reader of the page has already. */
  readonly before: string;
};

export const fiveMinutes: Page = {
  name: "start",
  packages: [],
  elsewhere: [/machine console/, /wireshark/, /port set \S+ delay=/, /^tarr-steps machine ssh \S+$/],
  instead: [],
  before: "true",
};

export const lxcPage: Page = {
  name: "lxc",
  packages: ["lxc", "uidmap", "acl"],
  elsewhere: [/machine console/, /lxc-unpriv-attach/, /sudo tee/],
  instead: [[/-t download .*/, "-t busybox"]],
  before: "true",
};

export const qemuPage: Page = {
  name: "qemu",
  packages: [],
  // No system is on the disk, and only a system lets go of a card.
  elsewhere: [/unplug qemu:v1/],
  // QEMU stays in the foreground, with a window; whoever types the next line has ended the one before.
  instead: [
    [
      /^(qemu-system[\s\S]*)$/,
      "[ ! -e own.pid ] || kill $(cat own.pid); sleep 1; ($1 -display none -pidfile own.pid >qemu.out 2>&1 &); sleep 3; kill -0 $(cat own.pid)",
    ],
  ],
  before: "qemu-img create -q -f qcow2 debian.qcow2 1G",
};

/** Whoever types what a page shows, block after block, and nothing else. */
export function docsSuite(release: Release, page: Page): void {
  describe(`the page ${page.name} on ${release}`, () => {
    let stage: Stage | null = null;
    const onStage = () => {
      if (stage === null) throw new Error("the stage was not built: see the failure above");
      return stage;
    };
    beforeAll(async () => {
      stage = await openStage(release, page.packages);
      expect(await student(stage, page.before)).toMatchObject({ code: 0 });
    }, 600_000);
    afterAll(async () => {
      await stage?.destroy();
    });

    for (const { line, at } of commandsOf(readFileSync(`docs/en/${page.name}.md`, "utf8"))) {
      if (page.elsewhere.some((pattern) => pattern.test(line))) continue;
      test(`${at === null ? "" : `in ${at}: `}${line}`, async () => {
        const typed = page.instead.reduce((text, [pattern, other]) => text.replace(pattern, other), line);
        const { code, stderr } = await type(onStage(), typed, at);
        expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
      }, 200_000);
    }
  });
}

function type(stage: Stage, line: string, at: string | null) {
  const options = { timeout: 190_000 };
  if (at !== null) return student(stage, `tarr-steps machine ssh ${at} -- ${line}`, options);
  if (!line.startsWith("sudo ")) return student(stage, line, options);
  const install = line.replace("sudo apt install", "env DEBIAN_FRONTEND=noninteractive apt-get install -y");
  return stage.host.asSudo(people.installer, install, options);
}
