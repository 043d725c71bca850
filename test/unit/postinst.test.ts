import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { parse } from "../../src/cli/parse.ts";
import { root } from "./sources.ts";

const script = readFileSync(join(root, "debian/tarr-steps.postinst"), "utf8");
const last = script.slice(script.indexOf("# The first command"));

/** What the end of the installation prints. */
function printed(args: readonly string[], env: Readonly<Record<string, string>>): string {
  const { stdout, exitCode } = Bun.spawnSync(["sh", "-c", `set -e\n${last}`, "postinst", ...args], {
    env: { PATH: "/usr/bin:/bin", ...env },
  });
  expect(exitCode).toBe(0);
  return stdout.toString();
}

const french = "Première machine, en utilisateur ordinaire : tarr-steps machine create web --start\n";
const english = "First machine, as an ordinary user: tarr-steps machine create web --start\n";

test.each([
  [{ LANG: "fr_FR.UTF-8" }, french],
  [{ LANG: "fr" }, french],
  [{ LANG: "en_GB.UTF-8", LC_ALL: "fr_BE@euro" }, french],
  [{ LANG: "fr_FR.UTF-8", LC_ALL: "C" }, english],
  [{ LANG: "fry_NL" }, english],
  [{ LANG: "C.UTF-8" }, english],
])("an installation with %j ends with the first command", (env, line) => {
  expect(printed(["configure", ""], env)).toBe(line);
});

test("an upgrade, and an installation that is undone, print none", () => {
  expect(printed(["configure", "0.2.0"], { LANG: "fr_FR.UTF-8" })).toBe("");
  expect(printed(["abort-upgrade", "0.2.0"], { LANG: "fr_FR.UTF-8" })).toBe("");
});

test("the command that it names can be typed", async () => {
  const words = english.trim().split(": tarr-steps ")[1]?.split(" ") ?? [];
  expect((await parse(words)).kind).toBe("command");
});
