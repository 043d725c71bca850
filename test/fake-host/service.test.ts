import { afterAll, afterEach, beforeAll, describe, expect, spyOn, test } from "bun:test";
import { TarrError } from "../../src/error.ts";
import { setNetwork, reload, setRunning, pendingPlan } from "../../src/daemon/networks.ts";
import { planFor } from "../../src/daemon/reconcile.ts";
import { createPort, deletePort } from "../../src/daemon/ports.ts";
import type { Service } from "../../src/daemon/service.ts";
import { start, wantedNow } from "../../src/daemon/service.ts";
import { errorText } from "../../src/messages/messages.ts";
import { interfaceName } from "../../src/model/names.ts";
import type { Caller } from "../../src/model/policy.ts";
import type { Neighbour } from "../../src/plan/observed.ts";
import type { FakeHost, Mishap } from "./fake-host.ts";
import { bareHost } from "./random-lab.ts";
import { Machine, outcomeOf } from "./world.ts";

const document = "networks:\n  lab:\n    address: 192.168.194.1/24 # ours\n";
const root: Caller = { uid: 0, name: "root", groups: [] };
const student: Caller = { uid: 1001, name: "etu1", groups: [] };

const machines: Machine[] = [];
// The service writes its journal to standard error.
const journal = spyOn(process.stderr, "write");
beforeAll(() => void journal.mockImplementation(() => true));
afterAll(() => journal.mockRestore());
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.remove();
});

async function install(text = document, state = bareHost()): Promise<Machine> {
  const machine = await Machine.install(text, state);
  machines.push(machine);
  return machine;
}

/** A machine that runs: one network in force, one port on it. */
async function running(): Promise<{ machine: Machine; service: Service; host: FakeHost; port: string }> {
  const machine = await install();
  const { service, host } = machine.boot();
  await start(service);
  const port = await createPort(service, student, { network: "lab", name: "web", kind: "qemu" });
  return { machine, service, host, port: port.id };
}

const setting = (key: string, value: string, apply = true) =>
  ({ network: "lab", settings: [{ key, value }], apply, dryRun: false }) as const;

/** The changes that users make, each of several steps of different kinds. */
const changes: Readonly<Record<string, (service: Service, port: string) => Promise<unknown>>> = {
  "network set address": (service) => setNetwork(service, root, setting("address", "10.20.30.1/24")),
  // The port's address is outside the new range: the list of ports changes too.
  "network set range": (service) =>
    setNetwork(service, root, {
      network: "lab",
      settings: [
        { key: "address", value: "10.20.30.1/24" },
        { key: "range", value: "10.20.30.100-10.20.30.200" },
      ],
      apply: true,
      dryRun: false,
    }),
  "network set reach": (service) => setNetwork(service, root, setting("reach", "isolated")),
  "network set reach=bridged": (service) => setNetwork(service, root, setting("reach", "bridged")),
  "network stop": (service) => setRunning(service, root, { network: "lab", running: false }),
  "port create": (service) => createPort(service, student, { network: "lab", name: "db", kind: "qemu" }),
  "port delete": (service, port) => deletePort(service, student, port),
};
const files = ["state/ports.json", "state/applied.json", "run/journal.json", "run/stopped.json"];
const filesOf = (machine: Machine) => Promise.all(files.map((name) => machine.read(name)));

/** Runs a change on a host where the step of this number goes wrong. @returns null when there is no such step */
async function mishap(change: keyof typeof changes, at: number, how: Mishap["how"]) {
  const { machine, port } = await running();
  const before = { host: machine.state, printed: print(machine), files: await filesOf(machine) };
  const { service, host } = machine.boot({ at, how });
  const work = outcomeOf(changes[change]?.(service, port) ?? Promise.resolve());
  const outcome = await Promise.race([work, host.crashed.then(() => "crashed")]);
  return host.ran.length <= at && outcome === "done" ? null : { machine, before, outcome };
}

const print = (machine: Machine) => machine.boot().host.print();

describe("a step that fails", () => {
  test.each(Object.keys(changes))(
    "of %s, whichever it is: host and ports are as before, and the user is told",
    async (change) => {
      let at = 0;
      for (; ; at += 1) {
        const result = await mishap(change, at, "fail");
        if (result === null) break;
        expect(result.outcome).toBe("plan-failed");
        expect(print(result.machine)).toBe(result.before.printed);
        expect(await filesOf(result.machine)).toEqual(result.before.files);
        expect(await result.machine.left()).toEqual([]);
      }
      expect(at).toBeGreaterThan(1);
    },
  );

  test("of the first start leaves nothing of ours, and the next start does it all", async () => {
    const machine = await install();
    const before = print(machine);
    for (let at = 0; ; at += 1) {
      const { service } = machine.boot({ at, how: "fail" });
      if ((await outcomeOf(start(service))) === "done") break;
      expect(print(machine)).toBe(before);
    }
    expect(await machine.left()).toEqual([]);
  });

  test("is named, and what was done is taken back, last first", async () => {
    const { machine } = await running();
    const { service, host } = machine.boot({ at: 2, how: "fail" });
    expect(await saidBy(setNetwork(service, root, setting("address", "10.20.30.1/24")))).toBe(
      "A step failed and all was put back as it was: ip -batch: RTNETLINK answers: injected",
    );
    expect(host.ran.map((step) => step.kind)).toEqual([
      "add-address",
      "remove-address",
      "set-rules",
      // The failed step too: it may have come half way.
      "set-rules",
      "add-address",
      "remove-address",
    ]);
  });

  test("when not all could be taken back does not say that it was", async () => {
    const { machine } = await running();
    machine.state.rules = "altered";
    const { service } = machine.boot({ at: 3, how: "fail" });
    expect(await outcomeOf(setNetwork(service, root, setting("address", "10.20.30.1/24")))).toBe("plan-failed-left");
  });

  test("after a name service was stopped: the order in which they are found again says nothing", async () => {
    const machine = await install(`${document}  dmz:\n    address: 192.0.2.1/24\n`);
    await start(machine.boot().service);
    const before = print(machine);
    await machine.write("networks: {dmz: {switch: vswitch1, address: 192.0.2.1/24}}");
    // Forwarding of vswitch0, the rules and the name service are behind it, the deletion of carrier0 before it.
    const { service, host } = machine.boot({ at: 3, how: "fail" });
    expect(await outcomeOf(reload(service, root))).toBe("plan-failed");
    expect(host.ran.slice(0, 4).map((step) => step.kind)).toEqual([
      "set-forwarding",
      "set-rules",
      "stop-names",
      "delete-interface",
    ]);
    expect(print(machine)).toBe(before);
  });
});

/** The sentence that the user reads. */
async function saidBy(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((caught: unknown) => caught);
  return error instanceof TarrError ? errorText(error, "en").message : String(error);
}

describe("a service that ends in the middle of", () => {
  test.each(Object.keys(changes))("%s, before any step: the next start brings the host in order", async (change) => {
    await crashEverywhere(change, "crash");
  });

  test.each(Object.keys(changes))("%s, within any step: the next start brings the host in order", async (change) => {
    await crashEverywhere(change, "crash-half");
  });

  test.each(["crash", "crash-half"] as const)("its first start (%s): the next one finishes it", async (how) => {
    for (let at = 0; ; at += 1) {
      const machine = await install();
      const { service, host } = machine.boot({ at, how });
      const outcome = await Promise.race([outcomeOf(start(service)), host.crashed.then(() => "crashed")]);
      if (outcome === "done") break;
      await start(machine.boot().service);
      expect({ at, left: await machine.left() }).toEqual({ at, left: [] });
      expect(await machine.read("run/journal.json")).toBeNull();
    }
  });

  test("a change of address: what was being done is done to its end", async () => {
    const result = await mishap("network set address", 1, "crash");
    if (result === null) throw new Error("no crash");
    expect(print(result.machine)).toContain("192.168.194.1/24 dev vswitch0");
    expect(await result.machine.read("run/journal.json")).toContain("10.20.30.1/24");
    await start(result.machine.boot().service);
    expect(print(result.machine)).not.toContain("192.168.194.1/24");
    expect(print(result.machine)).toContain("ip address add 10.20.30.1/24 dev vswitch0");
    expect(await result.machine.read("run/journal.json")).toBeNull();
  });
});

async function crashEverywhere(change: keyof typeof changes, how: Mishap["how"]): Promise<void> {
  let at = 0;
  for (; ; at += 1) {
    const result = await mishap(change, at, how);
    if (result === null) break;
    expect(result.outcome).toBe("crashed");
    await start(result.machine.boot().service);
    expect({ at, left: await result.machine.left() }).toEqual({ at, left: [] });
    expect(await result.machine.read("run/journal.json")).toBeNull();
  }
  expect(at).toBeGreaterThan(1);
}

describe("a restart of the service", () => {
  test("does nothing to the host, and keeps a pending change pending", async () => {
    const { machine, service } = await running();
    await setNetwork(service, root, setting("address", "10.20.30.1/24", false));
    const before = print(machine);
    const { service: next, host } = machine.boot();
    await start(next);
    expect(print(machine)).toBe(before);
    expect(host.ran).toEqual([]);
    expect((await pendingPlan(next)).pending).toBe(true);
    await reload(next, root);
    expect(print(machine)).toContain("10.20.30.1/24");
    expect((await pendingPlan(next)).pending).toBe(false);
  });

  test("keeps a stopped network stopped", async () => {
    const { machine, service } = await running();
    await setRunning(service, root, { network: "lab", running: false });
    const { service: next, host } = machine.boot();
    await start(next);
    expect(host.ran).toEqual([]);
    expect(print(machine)).toMatch(/vswitch0 .* down/);
  });

  test("mends what others broke meanwhile", async () => {
    const { machine } = await running();
    const before = print(machine);
    machine.state.links.delete(interfaceName("tap0"));
    await start(machine.boot().service);
    expect(print(machine)).toBe(before);
  });

  test("with a document that is broken by now keeps what is in force", async () => {
    const { machine } = await running();
    await machine.write("networks: [");
    const { service, host } = machine.boot();
    await start(service);
    expect(host.ran).toEqual([]);
  });
});

describe("a boot of the host", () => {
  /** All interfaces, rules and processes are gone, and /run with them. */
  const reboot = (machine: Machine) => new Machine(machine.folder, bareHost());

  test("puts the document into force, pending changes included, and ports keep MAC, address and name", async () => {
    const { machine, service } = await running();
    const [before] = (await wantedNow(service.world)).ports;
    await setNetwork(service, root, setting("address", "10.20.30.1/24", false));
    const rebooted = reboot(machine);
    await start(rebooted.boot().service);
    expect(print(rebooted)).toContain("ip address add 10.20.30.1/24 dev vswitch0");
    expect(print(rebooted)).toContain(`dhcp-host=${before?.mac ?? "?"},10.20.30.10,web`);
  });

  test("with a document that would unplug machines puts the last good one into force", async () => {
    const machine = await install(`${document}  dmz:\n    address: 192.0.2.1/24\n`);
    const { service } = machine.boot();
    await start(service);
    await createPort(service, student, { network: "dmz", name: "web", kind: "qemu" });
    await machine.write(document);
    expect(await outcomeOf(reload(service, root))).toBe("network-in-use");
    const rebooted = reboot(machine);
    await start(rebooted.boot().service);
    expect(print(rebooted)).toContain("ip address add 192.168.194.1/24 dev vswitch0");
    expect(print(rebooted)).toContain("ip address add 192.0.2.1/24 dev vswitch1");
  });

  test("with a broken document puts the last good one into force", async () => {
    const { machine } = await running();
    await machine.write("networks: [");
    const rebooted = reboot(machine);
    await start(rebooted.boot().service);
    expect(print(rebooted)).toContain("ip address add 192.168.194.1/24 dev vswitch0");
  });
});

describe("a host that does not become what it was told to be", () => {
  test("is put back, and the user is told which step is missing", async () => {
    const { machine } = await running();
    const before = print(machine);
    const { service, host } = machine.boot();
    const run = host.run.bind(host);
    // A sandbox that swallows it without a word: the step is done, and nothing is.
    host.run = async (steps) => {
      const outcome = await run(steps.filter((step) => step.kind !== "set-forwarding"));
      return { ...outcome, done: steps.length };
    };
    // Two seconds of patience, in no time.
    let now = 0;
    const clock = spyOn(performance, "now").mockImplementation(() => (now += 900));
    const said = await saidBy(setNetwork(service, root, setting("reach", "isolated")));
    clock.mockRestore();
    expect(said).toContain("set-forwarding: not-wanted");
    expect(print(machine)).toBe(before);
  });
});

describe("others in the same moment", () => {
  // A VPN that starts while we do: between our look and our step it makes the interface that we were to make.
  test("what they made under a name of ours is not taken back with what we made", async () => {
    const machine = await install();
    const { service, host } = machine.boot();
    const eth0 = machine.state.links.get(interfaceName("eth0"));
    if (eth0 === undefined) throw new Error("no eth0");
    const theirs = { ...eth0, name: interfaceName("tap0"), kind: "tun" };
    const run = host.run.bind(host);
    host.run = (steps) => {
      if (host.ran.length === 0) machine.state.links.set(theirs.name, theirs);
      return run(steps);
    };
    expect(await outcomeOf(start(service))).toBe("plan-failed-left");
    expect([...machine.state.links.keys()].map(String)).toEqual(["lo", "eth0", "wlan0", "docker0", "tap0"]);
  });

  test("what they changed behind our steps takes none of them back, and is what is done next", async () => {
    const { machine, service, host } = await running();
    const run = host.run.bind(host);
    host.run = async (steps) => {
      const outcome = await run(steps);
      machine.state.neighbours = [ufw];
      return outcome;
    };
    const { name } = await createPort(service, student, { network: "lab", name: "db", kind: "qemu" });
    expect(String(name)).toBe("db");
    const kinds = async () =>
      (await planFor(service.world, await wantedNow(service.world))).steps.map((one) => one.step.kind);
    expect(await kinds()).toEqual(["let-pass"]);
    host.run = run;
    await reload(service, root);
    expect(await kinds()).toEqual([]);
  });
});

/** A firewall that is switched on: it drops what it does not know. */
const ufw: Neighbour = {
  ...{ family: "ip", table: "filter", chain: "FORWARD", hook: "forward" },
  ...{ by: "ufw", passes: false, closed: false },
};

describe("the first start", () => {
  test("takes the next subnet when somebody has the usual one, and says who", async () => {
    const state = bareHost();
    const wlan = state.links.get(interfaceName("wlan0"));
    if (wlan === undefined) throw new Error("no wlan0");
    state.links.set(wlan.name, { ...wlan, addresses: [{ address: "192.168.194.77" as never, prefix: 24 }] });
    const machine = await install(document, state);
    await (await import("node:fs/promises")).rm(`${machine.folder}/document.yaml`);
    await start(machine.boot().service);
    expect(await machine.read("document.yaml")).toStartWith("# 192.168.194.1/24: wlan0 (192.168.194.0/24)\n");
    expect(print(machine)).toContain("ip address add 192.168.195.1/24 dev vswitch0");
  });

  test("of a network with more addresses than are served can be followed by a second", async () => {
    const machine = await install("networks: {lab: {address: 10.0.0.1/16}}");
    await start(machine.boot().service);
    expect(await outcomeOf(start(machine.boot().service))).toBe("done");
  });

  test("with somebody else's vswitch0 changes nothing at all", async () => {
    const machine = await install();
    const eth0 = machine.state.links.get(interfaceName("eth0"));
    if (eth0 === undefined) throw new Error("no eth0");
    machine.state.links.set(interfaceName("vswitch0"), { ...eth0, name: interfaceName("vswitch0"), kind: "bridge" });
    const before = print(machine);
    expect(await outcomeOf(start(machine.boot().service))).toBe("object-foreign");
    expect(print(machine)).toBe(before);
  });
});
