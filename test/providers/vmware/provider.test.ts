import { afterEach, beforeEach, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "vmware-host-"));
  chmodSync(home, 0o755);
  mkdirSync(join(home, "user"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test.each([
  ["a user's whole way", "provider.suite.ts"],
  ["a suspended machine's", "suspended.suite.ts"],
])("%s with VMware's stand-ins", (_, name) => {
  const suite = join(import.meta.dir, name);
  const argv = ["sh", join(import.meta.dir, "host.sh"), process.execPath, join(import.meta.dir, "stand-in"), home];
  const result = spawnSync("unshare", ["-m", "--", ...argv, process.execPath, "test", "--timeout", "60000", suite], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
  process.stdout.write(result.stderr);
  expect(result.status).toBe(0);
});
