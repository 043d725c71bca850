import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun } from "../../src/host/command.ts";
import { sshOptions } from "../../src/cli/ssh-options.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ssh-options-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What ssh(1) itself makes of its arguments. */
async function understood(words: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const said = await mustRun(["ssh", "-F", "none", "-G", ...words, "host.invalid"]);
  return new Map(
    said.split("\n").map((line) => [line.split(" ")[0] ?? "", line.slice(line.indexOf(" ") + 1)] as const),
  );
}

describe("a home with any sign in its name", () => {
  test.each(["plain", "two words", "100%", "%h", 'a"b', "a\\b", "é", "it's"])("%j", async (name) => {
    const [identity, knownHosts] = [join(folder, name, "key"), join(folder, name, "known_hosts")];
    const told = await understood(sshOptions({ identity, knownHosts }));
    expect(told.get("userknownhostsfile")?.replaceAll("%%", "%")).toBe(knownHosts);
    expect(told.get("identityfile")?.replaceAll("%%", "%")).toBe(identity);
  });
});

test("a connection that is lost ends within twenty seconds", async () => {
  const told = await understood(sshOptions({ identity: "/x", knownHosts: "/y" }));
  expect(Number(told.get("serveraliveinterval")) * (Number(told.get("serveralivecountmax")) + 1)).toBeLessThanOrEqual(
    20,
  );
});
