/**
 * Every tier, one after the other (two heavy ones at once would only measure each other). A tier that did not run is a
 * failure: nothing is skipped in silence. Ends with "N passed, N failed".
 */
import { spawn } from "node:child_process";

type Tier = { readonly name: string; readonly argv: readonly [string, ...string[]] };
type Outcome = {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
  readonly failures: readonly string[];
};

/** Lines told again of one failed test. */
const longestReason = 40;

const bun = process.execPath;
const bunTest = (...paths: string[]) => [bun, "test", "--timeout", "120000", ...paths] as const;

const tiers: readonly Tier[] = [
  { name: "types, lint, format, unit, golden, fake host", argv: ["./run", "check"] },
  { name: "package", argv: ["./run", "deb"] },
  { name: "manual pages", argv: bunTest("test/package/manuals.test.ts") },
  { name: "network namespaces", argv: bunTest("test/netns") },
  { name: "VMware, with stand-ins", argv: bunTest("test/providers/vmware") },
  { name: "rooms", argv: bunTest("test/room") },
  { name: "guest image", argv: bunTest("test/images/tiny.boot.test.ts") },
  {
    name: "lines on Debian's kernel, cables of real machines",
    argv: bunTest("test/images/line.boot.test.ts", "test/images/cables.boot.test.ts"),
  },
  { name: "images, snapshots", argv: bunTest("test/images/import.test.ts", "test/images/snapshots.test.ts") },
  { name: "demonstration", argv: ["./run", "demo"] },
  { name: "system, Debian 13", argv: bunTest("test/system/trixie.test.ts") },
  { name: "system, Debian 12", argv: bunTest("test/system/bookworm.test.ts") },
];

async function runTier(tier: Tier): Promise<Outcome> {
  process.stdout.write(`\n=== ${tier.name}\n`);
  const started = performance.now();
  const { code, output } = await show(tier.argv);
  const seconds = Math.round((performance.now() - started) / 1000);
  const passed = count(output, "pass");
  const failed = count(output, "fail") + count(output, "error");
  // A tier that counts no tests of its own (the package, the demonstration) is one test; one that failed without saying
  // so has failed all the same.
  const own = passed + failed === 0 ? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 } : { passed, failed };
  return {
    name: tier.name,
    seconds,
    passed: own.passed,
    failed: code !== 0 && own.failed === 0 ? 1 : own.failed,
    failures: failuresIn(output),
  };
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

function show([program, ...args]: readonly [string, ...string[]]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (piece: string) => {
        output += piece;
        process.stdout.write(piece);
      });
    }
    child.on("error", (error) => resolve({ code: 127, output: error.message }));
    child.on("close", (code) => resolve({ code: code ?? 128, output }));
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
const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
const failed = sum((outcome) => outcome.failed);
process.stdout.write(`\n${sum((outcome) => outcome.passed)} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
