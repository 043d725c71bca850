import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { holding } from "../../src/cli/lab/lock.ts";
import { openRecord } from "../../src/cli/lab/made.ts";
import { parseMachineName } from "../../src/model/names.ts";
import { root } from "./sources.ts";
import { rejected } from "./thrown.ts";

let folder = "";
let before: string | undefined;
beforeEach(() => {
  before = process.env["XDG_DATA_HOME"];
  folder = mkdtempSync(join(tmpdir(), "tarr-steps-labs-"));
  process.env["XDG_DATA_HOME"] = folder;
});
afterEach(() => {
  if (before === undefined) delete process.env["XDG_DATA_HOME"];
  else process.env["XDG_DATA_HOME"] = before;
  rmSync(folder, { recursive: true });
});

const lockPath = () => join(folder, "tarr-steps/labs/tp.lock");
const recordPath = () => join(folder, "tarr-steps/labs/tp.json");

/** Another process that holds the lab's lock until it is ended. */
async function holder() {
  const lines = `const { holding } = await import("${root}/src/cli/lab/lock.ts");
await holding("tp", async () => {
  Bun.spawn(["sleep", "3"], { stdout: "ignore", stderr: "ignore", stdin: "ignore" }).unref();
  process.stdout.write("held");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});`;
  const child = Bun.spawn([process.execPath, "-e", lines], { stdout: "pipe", env: { ...process.env } });
  await child.stdout.getReader().read();
  return child;
}

describe("one command at a time changes a lab", () => {
  test("a second one is refused, told whose turn it is, and a third has it afterwards", async () => {
    const seen = await holding("tp", async () => {
      const error = await rejected(holding("tp", () => Promise.resolve()));
      await holding("other", () => Promise.resolve());
      return [error.code, error.values];
    });
    expect(seen).toEqual(["lab-busy", { lab: "tp", pid: String(process.pid) }]);
    expect(existsSync(lockPath())).toBe(false);
    expect(await holding("tp", () => Promise.resolve("again"))).toBe("again");
  });

  test("work that fails leaves no lock", async () => {
    await holding("tp", () => Promise.reject(new Error("x"))).catch(() => undefined);
    expect(await holding("tp", () => Promise.resolve("again"))).toBe("again");
  });

  test.each(["SIGINT", "SIGKILL"] as const)(
    "nor does a process that %s ends, whatever it had started",
    async (signal) => {
      const child = await holder();
      const error = await rejected(holding("tp", () => Promise.resolve()));
      expect(error.values).toEqual({ lab: "tp", pid: String(child.pid) });
      child.kill(signal);
      await child.exited;
      expect(await holding("tp", () => Promise.resolve("taken over"))).toBe("taken over");
    },
  );

  test("of many that ask at once, one at a time has it", async () => {
    let [inside, most, had] = [0, 0, 0];
    const ask = async () => {
      for (;;) {
        const outcome = await holding("tp", async () => {
          most = Math.max(most, (inside += 1));
          await new Promise((resolve) => setTimeout(resolve, 1));
          inside -= 1;
          return "had";
        }).catch(() => "busy");
        if (outcome === "had") return void (had += 1);
      }
    };
    await Promise.all(Array.from({ length: 8 }, ask));
    expect([most, had]).toEqual([1, 8]);
  });
});

describe("the record of a lab", () => {
  const machine = (name: string) => ({ machine: { name: parseMachineName(name), said: "{}", port: "abc234" } });
  const written = () => (JSON.parse(readFileSync(recordPath(), "utf8")) as { machines: { name: string }[] }).machines;

  test("is written again after a write that failed", async () => {
    const record = await openRecord("tp");
    mkdirSync(join(folder, "tarr-steps"));
    writeFileSync(join(folder, "tarr-steps/labs"), "a file where the folder is to be");
    expect((await rejected(record.add(machine("a")))).code).toBe("file-unwritable");
    rmSync(join(folder, "tarr-steps/labs"));
    await record.add(machine("b"));
    expect(written().map(({ name }) => name)).toEqual(["a", "b"]);
  });

  test("says of a machine that it was waited for, and of none that it did not make", async () => {
    const record = await openRecord("tp");
    await record.add({ machine: { ...machine("a").machine, half: true, ready: false } });
    await record.change("a", { half: false });
    await record.change("a", { ready: true });
    await record.change("b", { ready: true });
    expect(written()).toEqual([{ name: "a", said: "{}", port: "abc234", half: false, ready: true }] as never);
    expect((await openRecord("tp")).made().machines).toMatchObject([{ name: "a", ready: true }]);
  });

  test("of before says neither", async () => {
    mkdirSync(join(folder, "tarr-steps/labs"), { recursive: true });
    const { machine: old } = machine("a");
    writeFileSync(recordPath(), JSON.stringify({ version: 1, networks: [], machines: [old] }));
    expect((await openRecord("tp")).made().machines).toEqual([old]);
  });
});
