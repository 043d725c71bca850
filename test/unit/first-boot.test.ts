import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askings, outcomeIn } from "../../src/cli/lab/first-boot.ts";
import { nothingMore, seedFiles } from "../../src/images/seed.ts";
import type { FirstBoot } from "../../src/model/machine.ts";
import { interfaceName, isMac, isPortId, parseNetworkName } from "../../src/model/names.ts";
import { root } from "./sources.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tarr-steps-first-boot-"));
  mkdirSync(join(folder, "bin"));
  aptGet("exit 0");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What is run instead of apt-get, in a guest whose /var/lib/tarr-steps is our folder. */
function aptGet(lines: string): void {
  writeFileSync(join(folder, "bin/apt-get"), `#!/bin/sh\necho "apt-get $*" >>${folder}/ran\n${lines}\n`, {
    mode: 0o755,
  });
}

function tell(firstBoot: Partial<FirstBoot>): void {
  const [id, mac] = ["abc234", "52:54:00:12:34:56"];
  if (!isPortId(id) || !isMac(mac)) throw new Error("constants");
  const port = { id, mac, interface: interfaceName("tsabc234"), switch: interfaceName("vswitch0") };
  const files = seedFiles({
    ...{ hostname: "srv", key: "ssh-ed25519 AAAA", user: "debian" },
    nics: [{ network: parseNetworkName("lab"), port }],
    firstBoot: { ...nothingMore, ...firstBoot },
  });
  mkdirSync(join(folder, "seed"));
  writeFileSync(join(folder, "seed/first-boot-late"), files.get("first-boot-late") ?? "");
}

/** A boot of the guest, as far as this is about it. */
function boot() {
  const unit = readFileSync(join(root, "src/images/debian/rootfs/first-boot-late.sh"), "utf8");
  writeFileSync(join(folder, "unit"), unit.replaceAll("/var/lib/tarr-steps", folder));
  const env = { PATH: `${folder}/bin:/usr/bin:/bin` };
  const { exitCode } = Bun.spawnSync(["sh", join(folder, "unit")], { env, stdout: "ignore", stderr: "ignore" });
  const failed = existsSync(join(folder, "first-boot-failed"))
    ? readFileSync(join(folder, "first-boot-failed"), "utf8")
    : null;
  return {
    exitCode,
    failed,
    done: existsSync(join(folder, "first-boot-done")),
    kept: existsSync(join(folder, "seed")),
  };
}

const ran = () => readFileSync(join(folder, "ran"), "utf8").trim().split("\n");
const script = () => `echo script >>${folder}/ran`;

describe("a first boot in an image of ours", () => {
  test("packages first, then the script; what it was told is gone, and it is over", () => {
    tell({ packages: ["apache2", "php"], script: script() });
    expect(boot()).toEqual({ exitCode: 0, failed: null, done: true, kept: false });
    expect(ran()).toEqual(["apt-get update -q", "apt-get install -y -q apache2 php", "script"]);
  });

  test.each([
    ["update", "apt-get update: 100\n"],
    ["install", "apt-get install: 100\n"],
  ])("whose apt-get %s fails is not over: no script is run, and the next boot tries again", (word, failed) => {
    tell({ packages: ["apache2"], script: script() });
    aptGet(`[ "$1" != ${word} ] || exit 100`);
    expect(boot()).toEqual({ exitCode: 1, failed, done: false, kept: true });
    expect(ran()).not.toContain("script");
    aptGet("exit 0");
    expect(boot()).toEqual({ exitCode: 0, failed: null, done: true, kept: false });
    expect(ran()).toContain("script");
  });

  test("whose script fails is over, and says so: a script is not run twice", () => {
    tell({ script: `${script()}\nexit 3` });
    expect(boot()).toEqual({ exitCode: 0, failed: "script: 3\n", done: true, kept: false });
    expect(ran()).toEqual(["script"]);
  });

  test("that cannot even begin says so", () => {
    tell({});
    writeFileSync(join(folder, "seed/first-boot-late"), "exit 2\n");
    expect(boot()).toEqual({ exitCode: 1, failed: "first-boot-late\n", done: false, kept: true });
  });

  test("with nothing to do is over", () => {
    expect(boot()).toEqual({ exitCode: 0, failed: null, done: true, kept: false });
  });
});

describe("what a guest answers", () => {
  test.each([
    ["first-boot done\n", { failed: null }],
    ["a banner\nfirst-boot failed apt-get install: 100\n", { failed: "apt-get install: 100" }],
    ["first-boot failed\n", { failed: "" }],
    ["", null],
    ["ssh: connect to host 10.0.0.2 port 22: Connection refused\n", null],
  ])("%j", (printed, outcome) => {
    expect(outcomeIn(printed)).toEqual(outcome);
  });

  /** What the line that a guest is asked by prints there. */
  const asked = (line: string) => {
    const env = { PATH: `${folder}/bin:/usr/bin:/bin` };
    const words = ["sh", "-c", line.replaceAll("/var/lib/tarr-steps", folder)];
    return outcomeIn(Bun.spawnSync(words, { env }).stdout.toString());
  };

  test("in an image of ours by its marks, one look for all of them", () => {
    const line = askings["tarr-steps"]?.line ?? "";
    expect(asked(line)).toBeNull();
    writeFileSync(join(folder, "first-boot-done"), "");
    expect(asked(line)).toEqual({ failed: null });
    writeFileSync(join(folder, "first-boot-failed"), "script: 3\n");
    expect(asked(line)).toEqual({ failed: "script: 3" });
  });

  test.each([
    ["running", null],
    ["done", { failed: null }],
    ["disabled", { failed: null }],
    ["error", { failed: "cloud-init" }],
  ])("with cloud-init by its own status: %s", (status, outcome) => {
    writeFileSync(join(folder, "bin/cloud-init"), `#!/bin/sh\necho "status: ${status}"\n`, { mode: 0o755 });
    expect(asked(askings["cloud-init"]?.line ?? "")).toEqual(outcome);
  });

  test("what is in the mark of a failure is shown as text", () => {
    expect(outcomeIn("first-boot failed \u001b[2Jx\n")?.failed).not.toContain("\u001b");
  });
});
