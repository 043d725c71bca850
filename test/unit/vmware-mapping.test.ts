import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, copyFileSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { readdirSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TarrError } from "../../src/error.ts";
import type { MappingPlaces } from "../../src/host/vmware/networking.ts";
import { keepVmwareMapping } from "../../src/host/vmware/networking.ts";
import { vmwareNetworking } from "../../src/daemon/vmware-task.ts";

const standIn = join(import.meta.dir, "../providers/vmware/stand-in/vmware-networks");
const original = "VERSION=1,0\r\nanswer VNET_8_NAT yes\r\nadd_nat_portfwd 8 tcp 1 192.0.2.5 1 caf\xe9";
/** Ours comes before a last line that has no end. */
const mapped = original.replace("add_nat", "add_bridge_mapping vmware0 200\r\nadd_nat");
const mappedTwice = original.replace(
  "add_nat",
  "add_bridge_mapping vmware0 200\r\nadd_bridge_mapping vmware1 201\r\nadd_nat",
);

let folder = "";
let places: MappingPlaces;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vmware-mapping-"));
  const state = join(folder, "state");
  for (const name of ["dev", "proc/1", "proc/42"]) mkdirSync(join(state, name), { recursive: true });
  writeFileSync(join(state, "proc/1/comm"), "systemd\n");
  copyFileSync(standIn, join(folder, "vmware-networks"));
  places = {
    file: join(state, "networking"),
    program: join(folder, "vmware-networks"),
    // As systemd does: the start comes whatever becomes of the stop.
    restart: (program) => ["sh", "-c", '"$0" --stop; code=$?; "$0" --start; exit $code', program],
    proc: join(state, "proc"),
    dev: join(state, "dev"),
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (text: string) => writeFileSync(places.file, text, "latin1");
const read = () => readFileSync(places.file, "latin1");
const networksRun = () => writeFileSync(join(folder, "state/running"), "");
const machineRuns = () => writeFileSync(join(places.proc, "42/comm"), "vmware-vmx\n");
const calls = () => {
  try {
    return readFileSync(join(folder, "state/calls"), "utf8").trim().split("\n");
  } catch {
    return [];
  }
};
const keep = (how: { remove?: boolean; apply?: boolean } = {}) =>
  keepVmwareMapping(["vswitch0"], { remove: how.remove ?? false, apply: how.apply ?? false, places });

describe("the file", () => {
  test("is missing, empty, of another version, a link or too big: nothing is written", async () => {
    expect(await keep()).toBe("absent");
    expect(readdirSync(join(folder, "state")).sort()).toEqual(["dev", "proc"]);
    for (const text of ["", "VERSION=2,0\n"]) {
      write(text);
      expect(await keep()).toBe("absent");
      expect(read()).toBe(text);
    }
    const target = join(folder, "elsewhere");
    writeFileSync(target, original);
    rmSync(places.file);
    symlinkSync(target, places.file);
    expect(await keep()).toBe("absent");
    expect(readFileSync(target, "utf8")).toBe(original);
    rmSync(places.file);
    write(original);
    truncateSync(places.file, 2 * 1024 * 1024);
    expect(await keep()).toBe("absent");
  });

  test("is a pipe: nobody waits for its writer", async () => {
    rmSync(places.file, { force: true });
    expect(Bun.spawnSync(["mkfifo", places.file]).exitCode).toBe(0);
    expect(await keep()).toBe("absent");
  });

  test("gets our line once, keeps its mode, and loses the line again", async () => {
    write(original);
    chmodSync(places.file, 0o640);
    expect(await keep()).toBe("written");
    expect(read()).toBe(mapped);
    expect(statSync(places.file).mode & 0o777).toBe(0o640);
    const inode = lstatSync(places.file).ino;
    expect(await keep()).toBe("unchanged");
    expect(lstatSync(places.file).ino).toBe(inode);
    expect(await keep({ remove: true })).toBe("written");
    expect(read()).toBe(original);
    expect(await keep({ remove: true })).toBe("unchanged");
    expect(readdirSync(join(folder, "state")).sort()).toEqual(["dev", "networking", "proc"]);
  });

  test("a draft that somebody left, or a link in its place, is not written through", async () => {
    const target = join(folder, "elsewhere");
    writeFileSync(target, "mine");
    symlinkSync(target, `${places.file}.tarr-steps`);
    write(original);
    expect(await keep()).toBe("written");
    expect(readFileSync(target, "utf8")).toBe("mine");
    expect(lstatSync(places.file).isFile()).toBe(true);
    expect(read()).toBe(mapped);
  });
});

describe("VMware's networks", () => {
  test("that run are restarted when something changed, and not again", async () => {
    write(original);
    networksRun();
    expect(await keep()).toBe("applied");
    expect(calls()).toEqual(["stop", "start"]);
    expect(await keep()).toBe("unchanged");
    expect(calls()).toEqual(["stop", "start"]);
  });

  test("that cannot be stopped are started all the same, and nodes that were open are so again", async () => {
    write(original);
    networksRun();
    const program = readFileSync(places.program, "utf8");
    writeFileSync(places.program, program.replace("  --stop)\n", '  --stop)\n    rm -f "$state/running"; exit 1\n'));
    expect(await keep().catch((error: unknown) => (error as TarrError).code)).toBe("command-failed");
    expect(calls()).toEqual(["start"]);
  });

  test("are restarted by one at a time", async () => {
    write(original);
    networksRun();
    await Promise.all([keep({ apply: true }), keep({ apply: true })]);
    expect(calls()).toEqual(["stop", "start", "stop", "start"]);
  });

  test("have no number left: that is told", async () => {
    const taken = Array.from({ length: 256 }, (_, vmnet) => `answer VNET_${vmnet}_NAT no\n`).join("");
    write(`VERSION=1,0\n${taken}`);
    expect(await keep()).toBe("full");
  });

  test("are left alone while a machine runs, but for an administrator who insists", async () => {
    write(original);
    networksRun();
    machineRuns();
    expect(await keep()).toBe("written-machines-run");
    expect(read()).toBe(mapped);
    expect(calls()).toEqual([]);
    expect(await keep()).toBe("unchanged");
    expect(await keep({ apply: true })).toBe("applied");
    expect(calls()).toEqual(["stop", "start"]);
  });

  test("that do not run are not started", async () => {
    write(original);
    expect(await keep({ apply: true })).toBe("written");
    expect(calls()).toEqual([]);
  });

  test("are not restarted for a removal", async () => {
    write(mapped);
    networksRun();
    expect(await keep({ remove: true })).toBe("written");
    expect(calls()).toEqual([]);
  });

  test("are not there any more: the file alone is kept", async () => {
    write(original);
    rmSync(places.program);
    expect(await keep()).toBe("written");
  });

  test("have nodes that an administrator opened: open again after the restart", async () => {
    write(mapped);
    networksRun();
    const node = join(places.dev, "vmnet200");
    writeFileSync(node, "");
    chmodSync(node, 0o660);
    writeFileSync(join(places.dev, "vmnet9"), "");
    expect(await keep({ apply: true })).toBe("applied");
    expect(statSync(node).mode & 0o777).toBe(0o660);
    expect(readdirSync(places.dev)).toEqual(["vmnet200"]);
  });
});

describe("the task", () => {
  const twoNetworks = "networks:\n  lab:\n    address: 192.0.2.1/24\n  two:\n    address: 198.51.100.1/24\n";
  const written = () => ({ document: join(folder, "document"), ofUsers: join(folder, "networks.json") });
  const task = (...options: string[]) => vmwareNetworking(options, { ...places, ...written() });

  test("maps the document's switches; the first alone while there is no document", async () => {
    write(original);
    expect(await task()).toBe(0);
    expect(read()).toBe(mapped);
    writeFileSync(join(folder, "document"), twoNetworks);
    expect(await task()).toBe(0);
    expect(read()).toBe(mappedTwice);
    expect(await task("--remove")).toBe(0);
    expect(read()).toBe(original);
  });

  test("maps the switches of networks that users made", async () => {
    write(original);
    const dmz = { switch: "vswitch1", address: "10.11.0.1/24", owner: 1001 };
    writeFileSync(join(folder, "networks.json"), JSON.stringify({ networks: { dmz } }));
    expect(await task()).toBe(0);
    expect(read()).toBe(mappedTwice);
  });

  test.each([
    ["broken", () => writeFileSync(join(folder, "networks.json"), "{")],
    ["a link", () => symlinkSync("/etc/hostname", join(folder, "networks.json"))],
    ["no file", () => mkdirSync(join(folder, "networks.json"))],
  ])("takes nothing out for a list of users' networks that is %s", async (_, spoil) => {
    write(mapped);
    spoil();
    expect(await task()).toBe(1);
    expect(read()).toBe(mapped);
  });

  test("takes nothing out for a document that is broken", async () => {
    write(mapped);
    writeFileSync(join(folder, "document"), "networks: [");
    expect(await task()).toBe(1);
    expect(read()).toBe(mapped);
  });

  test("takes no other options", async () => {
    write(original);
    expect(await task("--aply")).toBe(64);
    expect(read()).toBe(original);
  });
});
