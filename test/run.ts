/**
 * Every tier, one after the other (two heavy ones at once would only measure each other). A tier that did not run is a
 * failure: nothing is skipped in silence. Ends with "N passed, N failed".
 */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";

type Argv = readonly [string, ...string[]];
type Tier = {
  readonly name: string;
  /** More than one: each as soon as another of the lanes has ended. */
  readonly argvs: readonly Argv[];
  /** How many at once; 1 if not said. */
  readonly lanes?: number;
};
type Run = { readonly passed: number; readonly failed: number; readonly failures: readonly string[] };
type Outcome = Run & { readonly name: string; readonly seconds: number };

/** Lines told again of one failed test. */
const longestReason = 40;

const bun = process.execPath;
const bunTest = (...paths: string[]): Argv => [bun, "test", "--timeout", "120000", ...paths];

/** Those that measure milliseconds, packets, or the work of a processor: beside nothing else. */
const measuring = ["arp", "cables", "capture", "completion", "packet-socket", "socket"].map(
  (name) => `test/netns/${name}.test.ts`,
);
/** All others mostly wait, for leases and timers: two at once take half the time, and leave a processor idle still. */
const waiting = readdirSync("test/netns")
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => `test/netns/${name}`)
  .filter((path) => !measuring.includes(path));

const tiers: readonly Tier[] = [
  { name: "types, lint, format, unit, golden, fake host", argvs: [["./run", "check"]] },
  { name: "package", argvs: [["./run", "deb"]] },
  { name: "manual pages", argvs: [bunTest("test/package/manuals.test.ts")] },
  { name: "network namespaces, measuring", argvs: [bunTest(...measuring)] },
  { name: "network namespaces", argvs: waiting.map((path) => bunTest(path)), lanes: 2 },
  { name: "VMware, with stand-ins", argvs: [bunTest("test/providers/vmware")] },
  { name: "rooms", argvs: [bunTest("test/room")] },
  { name: "guest image", argvs: [bunTest("test/images/tiny.boot.test.ts", "test/images/typed.boot.test.ts")] },
  {
    name: "lines on Debian's kernel, cables of real machines",
    argvs: [bunTest("test/images/line.boot.test.ts", "test/images/cables.boot.test.ts")],
  },
  {
    name: "images, snapshots",
    argvs: [bunTest("test/images/import.test.ts", "test/images/import-disk.test.ts", "test/images/snapshots.test.ts")],
  },
  { name: "demonstration", argvs: [["./run", "demo"]] },
  { name: "the real VirtualBox", argvs: [bunTest("test/providers/virtualbox/virtualbox.test.ts")] },
  { name: "system, Debian 13", argvs: [bunTest("test/system/trixie.test.ts")] },
  { name: "system, Debian 12", argvs: [bunTest("test/system/bookworm.test.ts")] },
];

async function runTier({ name, argvs, lanes = 1 }: Tier): Promise<Outcome> {
  process.stdout.write(`\n=== ${name}\n`);
  const started = performance.now();
  const runs: Run[] = [];
  const queue = argvs.values();
  const lane = async () => {
    for (const argv of queue) runs.push(await runOne(argv, lanes === 1));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const seconds = Math.round((performance.now() - started) / 1000);
  return { name, seconds, ...total(runs) };
}

const total = (runs: readonly Run[]): Run => ({
  passed: runs.reduce((sum, { passed }) => sum + passed, 0),
  failed: runs.reduce((sum, { failed }) => sum + failed, 0),
  failures: runs.flatMap(({ failures }) => failures),
});

/** @param live whether what it prints is shown as it comes; else when it has ended, in one piece */
async function runOne(argv: Argv, live: boolean): Promise<Run> {
  const { code, output } = await show(argv, live);
  const passed = count(output, "pass");
  const failed = count(output, "fail") + count(output, "error");
  const failures = failuresIn(output);
  // What counts no tests of its own (the package, the demonstration) is one test; what failed without saying so has
  // failed all the same.
  if (passed + failed === 0) return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, failures };
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed, failures };
}

/**
 * What bun test printed of each test that failed: its name, after the lines that say why. Told again at the end, since
 * a log that keeps only its last lines has lost them by then.
 */
function failuresIn(output: string): readonly string[] {
  const lines = output.split("\n");
  return lines.flatMap((line, at) => {
    if (!line.startsWith("(fail)")) return [];
    const before = lines.slice(Math.max(0, at - longestReason), at);
    const passed = before.findLastIndex((earlier) => /^\((pass|fail)\)/.test(earlier));
    return [[...before.slice(passed + 1), line].join("\n")];
  });
}

/** bun test's closing lines: ` 26 pass`, ` 15 fail`, ` 1 error`. */
function count(output: string, word: string): number {
  const found = [...output.matchAll(new RegExp(`^ *(\\d+) ${word}s?$`, "gm"))];
  return found.reduce((sum, match) => sum + Number(match[1]), 0);
}

function show([program, ...args]: Argv, live: boolean): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (piece: string) => {
        output += piece;
        if (live) process.stdout.write(piece);
      });
    }
    const end = (code: number) => {
      if (!live) process.stdout.write(output);
      resolve({ code, output });
    };
    child.on("error", (error) => {
      output += error.message;
      end(127);
    });
    child.on("close", (code) => end(code ?? 128));
  });
}

const wanted = process.argv.slice(2);
const outcomes: Outcome[] = [];
for (const tier of tiers.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)))) {
  outcomes.push(await runTier(tier));
}
for (const { name, failures } of outcomes) {
  for (const failure of failures) process.stdout.write(`\n--- failed in ${name}\n${failure}\n`);
}
process.stdout.write("\n");
for (const { name, passed, failed, seconds } of outcomes) {
  process.stdout.write(`${failed === 0 ? "✓" : "✗"} ${name}: ${passed} passed, ${failed} failed, ${seconds} s\n`);
}
const { passed, failed } = total(outcomes);
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
