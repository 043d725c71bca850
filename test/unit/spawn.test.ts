import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { spawnAndCollect } from "../../src/runtime/spawn.ts";

const plan = {
  ...{ stdin: "", cwd: undefined, timeout: 20_000, limit: 100_000, onOutput: undefined },
  env: { PATH: "/usr/bin:/bin" },
};
const shell = (script: string, inSession = false) =>
  [...(inSession ? ["setsid", "--wait"] : []), "sh", "-c", script] as unknown as readonly [string, ...string[]];

/** Whoever inherits it may be slow to take note of its end. */
function runs(pid: string): boolean {
  try {
    return !/^\d+ \(.*\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

async function isGone(pid: string): Promise<boolean> {
  for (let left = 150; left > 0 && runs(pid); left -= 1) await Bun.sleep(20);
  return /^\d+$/.test(pid) && !runs(pid);
}

test("what a program prints and answers", async () => {
  const told = await spawnAndCollect({ ...plan, argv: shell("cat; echo no >&2; exit 3"), stdin: "été" });
  expect(told).toEqual({ code: 3, stdout: "été", stderr: "no\n" });
});

// As runuser(1) waits for the program that it runs as another user.
describe("a program whose child holds its output", () => {
  test("is given up after its time, and its child ended with it", async () => {
    const argv = shell("sleep 15 & echo $!; wait", true);
    const begun = performance.now();
    const { code, stdout } = await spawnAndCollect({ ...plan, argv, timeout: 1_000 });
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(code).toBe(128);
    expect(await isGone(stdout.trim())).toBe(true);
  });

  test("is given up when it prints too much, and its child ended with it", async () => {
    const argv = shell("yes & echo $!; wait", true);
    const { code, stdout } = await spawnAndCollect({ ...plan, argv });
    expect(code).toBe(128);
    expect(stdout.length).toBeLessThan(2_000_000);
    expect(await isGone(stdout.split("\n")[0] ?? "")).toBe(true);
  });

  test("is given up though the child went into a session of its own", async () => {
    const begun = performance.now();
    const { code } = await spawnAndCollect({ ...plan, argv: shell("setsid sleep 8 & wait", true), timeout: 300 });
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(code).toBe(128);
  });

  test("is given up though it has ended itself", async () => {
    const begun = performance.now();
    const { code } = await spawnAndCollect({ ...plan, argv: shell("sleep 8 & exit 0"), timeout: 300 });
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(code).toBe(128);
  });
});

test("a program in our own process group is ended alone", async () => {
  const { code } = await spawnAndCollect({ ...plan, argv: ["sleep", "15"], timeout: 200 });
  expect(code).toBe(128);
});
