/** What Debian asks of a package. By hand: two builds, five minutes. Asks for lintian and faketime. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { run } from "../../src/host/command.ts";
import type { Built } from "./build.ts";
import { buildPackage, copyTree } from "./build.ts";

const patience = 40 * 60_000;
const sha256 = async (path: string) =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");

describe("the package", () => {
  let folder: string;
  let first: Built;
  let second: Built;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tarr-steps-package-"));
    const tree = join(folder, "tree");
    await copyTree(tree);
    first = await buildPackage(tree, join(folder, "a"), { later: "+0d", umask: "022", env: {} });
    second = await buildPackage(tree, join(folder, "elsewhere/b"), {
      later: "+400d",
      umask: "027",
      env: { LANG: "fr_FR.UTF-8", LC_ALL: "fr_FR.UTF-8", TZ: "Asia/Tokyo" },
    });
  }, patience);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("is the same, byte by byte, from another folder, on another day, in another language and zone", async () => {
    expect(await sha256(second.deb)).toBe(await sha256(first.deb));
  });

  test("has no error and no warning of lintian's, and no override that is not needed", async () => {
    const lintian = ["lintian", "-EviIL", "+pedantic", "--fail-on", "error,warning", "--allow-root"] as const;
    const { code, stdout } = await run([...lintian, first.changes], { timeout: patience });
    const found = stdout.split("\n").filter((line) => /^[EWIXP]: |unused-override|mismatched-override/.test(line));
    expect({ code, found }).toEqual({ code: 0, found: [] });
  }, 600_000);
});
