import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askings, awaitUp, outcomeIn } from "../../src/cli/lab/first-boot.ts";
import { firstBootScript } from "../../src/images/tiny/first-boot.ts";
import { nothingMore, seedFiles } from "../../src/images/seed.ts";
import { errorText } from "../../src/messages/messages.ts";
import type { FirstBoot, Machine } from "../../src/model/machine.ts";
import * as spawning from "../../src/runtime/spawn.ts";
import { interfaceName, isMac, isPortId, parseMachineName, parseNetworkName } from "../../src/model/names.ts";
import { root } from "./sources.ts";
import type { Stub } from "./stub-service.ts";
import { stubService } from "./stub-service.ts";
import { rejected } from "./thrown.ts";

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

  test("with a file that could not be put there is over, and says so", () => {
    tell({ script: script() });
    writeFileSync(join(folder, "seed/failed"), "files: /etc/x/y\n");
    expect(boot()).toEqual({ exitCode: 0, failed: "files: /etc/x/y\n", done: true, kept: false });
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

/** The first boot of a machine of `tiny`, in a guest whose /var/lib/tarr-steps is our folder. */
function bootTiny(firstBoot: Partial<FirstBoot>, stdout: "pipe" | "ignore" = "pipe") {
  const given = { ...nothingMore, ...firstBoot };
  const own = join(folder, "tiny-first.running");
  mkdirSync(own);
  given.files.forEach(({ content }, index) => writeFileSync(join(own, `file-${index}`), content));
  writeFileSync(join(own, "script"), `${given.script ?? ""}\n`);
  writeFileSync(join(own, "run"), firstBootScript(given).replaceAll("/var/lib/tarr-steps", folder));
  const { stdout: told } = Bun.spawnSync(["busybox", "sh", join(own, "run")], { stdout, stderr: "ignore" });
  const line = askings.tiny?.line.replaceAll("/var/lib/tarr-steps", folder) ?? "";
  return { printed: told?.toString() ?? "", outcome: outcomeIn(Bun.spawnSync(["sh", "-c", line]).stdout.toString()) };
}

describe("a first boot in tiny", () => {
  const file = (path: string) => ({ path, mode: 0o644, content: "x\n" });

  test("that goes well", () => {
    const path = join(folder, "etc/it's");
    const { printed, outcome } = bootTiny({ files: [file(path)], script: script() });
    expect([printed, outcome, ran()]).toEqual(["", { failed: null }, ["script"]]);
    expect(readFileSync(path, "utf8")).toBe("x\n");
  });

  test("whose script fails says so, and what it printed is kept", () => {
    const { printed, outcome } = bootTiny({ script: "echo one; echo two >&2; exit 3" });
    expect(outcome).toEqual({ failed: "script: 3" });
    expect(printed).toBe("one\ntwo\nfirst boot failed: script: 3\n");
    expect(readFileSync(join(folder, "first-boot.log"), "utf8")).toBe(printed);
  });

  test("with a file that cannot be put there says so; the script is run all the same", () => {
    const path = join(folder, "bin/apt-get/motd");
    expect(bootTiny({ files: [file(path)], script: script() }).outcome).toEqual({ failed: `files: ${path}` });
    expect(ran()).toEqual(["script"]);
  });

  test("goes on while a program of the script's still runs", () => {
    const begin = performance.now();
    expect(bootTiny({ script: "sleep 10 &" }, "ignore").outcome).toEqual({ failed: null });
    expect(performance.now() - begin).toBeLessThan(5_000);
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

describe("a machine of tiny is asked by ssh, as one of Debian is", () => {
  let stub: Stub;
  beforeEach(async () => {
    stub = await stubService();
    const image = {
      ...{ format: 1, name: "tiny", architecture: "x86_64", kernel: "k", packedKernel: "k", initrd: "i" },
      ...{ kernelVersion: "6", commandLine: "", modules: [], programs: [], built: "2026-01-01T00:00:00Z" },
    };
    mkdirSync(join(stub.folder, "tarr-steps/images/tiny"), { recursive: true });
    writeFileSync(join(stub.folder, "tarr-steps/images/tiny/image.json"), JSON.stringify(image));
    stub.ports.set("abc234", { network: "lab", name: "web", uid: 1000 });
  });
  afterEach(() => {
    stub.close();
  });

  function web(firstBoot: Partial<FirstBoot>): Machine {
    const [id, mac] = ["abc234", "52:54:00:12:34:56"];
    if (!isPortId(id) || !isMac(mac)) throw new Error("constants");
    const port = { id, mac, interface: interfaceName("tsabc234"), switch: interfaceName("vswitch0") };
    const nics = [{ network: parseNetworkName("lab"), port }] as const;
    const more = { image: "tiny", memory: 128, firstBoot: { ...nothingMore, ...firstBoot } };
    return { name: parseMachineName("web"), provider: "qemu", nics, ...more };
  }

  /** As `lab up` waits for it, with what ssh prints. */
  async function waited(machine: Machine, prints: string) {
    const run = spawning.spawnAndCollect;
    const spy = spyOn(spawning, "spawnAndCollect").mockImplementation((given) => {
      return given.argv[0] === "ssh" ? Promise.resolve({ code: 0, stdout: `${prints}\n`, stderr: "" }) : run(given);
    });
    const context = stub.context({ file: "tp.yaml" });
    const call = (async (...asked: Parameters<typeof context.call>) => {
      const reply = await context.call(...asked);
      return "ports" in reply ? { ports: reply.ports.map((port) => ({ ...port, address: "192.0.2.10" })) } : reply;
    }) as typeof context.call;
    return awaitUp(machine, { ...context, call }).finally(() => spy.mockRestore());
  }

  test("and what failed is told, with the command that shows why and the two that mend it", async () => {
    const error = await rejected(waited(web({ script: "exit 3" }), "first-boot failed script: 3"));
    expect(errorText(error, "en")).toEqual({
      message: "The first boot of web failed: script: 3.",
      hint:
        "See why: tarr-steps machine ssh web cat /var/lib/tarr-steps/first-boot.log; once the file is corrected: " +
        "tarr-steps lab up tp.yaml; if the cause was elsewhere, try again: tarr-steps lab reset tp.yaml web",
    });
  });

  test("with files alone too; one that went well is up", async () => {
    const machine = web({ files: [{ path: "/etc/motd", mode: 0o644, content: "x" }] });
    expect((await rejected(waited(machine, "first-boot failed files: /etc/motd"))).code).toBe("lab-first-boot-failed");
    expect(await waited(machine, "first-boot done")).toBeUndefined();
  });
});
