import { afterAll, afterEach, beforeAll, describe, expect, spyOn, test } from "bun:test";
import { createNetwork, deleteNetwork } from "../../src/daemon/network-list.ts";
import { pendingPlan, reload, setNetwork, setRunning } from "../../src/daemon/networks.ts";
import { createPort, deletePort } from "../../src/daemon/ports.ts";
import type { Service } from "../../src/daemon/service.ts";
import { start, wantedNow } from "../../src/daemon/service.ts";
import { exitCodes, TarrError } from "../../src/error.ts";
import { parseDocument } from "../../src/model/document.ts";
import { interfaceName } from "../../src/model/names.ts";
import type { Caller } from "../../src/model/policy.ts";
import type { Mishap } from "./fake-host.ts";
import { bareHost } from "./random-lab.ts";
import { Machine, outcomeOf } from "./world.ts";

const lab = "networks:\n  lab:\n    address: 192.168.194.1/24 # ours\n";
const root: Caller = { uid: 0, name: "root", groups: [] };
const student: Caller = { uid: 1001, name: "etu1", groups: [] };
const other: Caller = { uid: 1002, name: "etu2", groups: [] };
const teacher: Caller = { uid: 1003, name: "prof", groups: ["tarr-steps-admin"] };

const machines: Machine[] = [];
const journal = spyOn(process.stderr, "write");
beforeAll(() => void journal.mockImplementation(() => true));
afterAll(() => journal.mockRestore());
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.remove();
});

async function install(text = lab): Promise<{ machine: Machine; service: Service }> {
  const machine = await Machine.install(text);
  machines.push(machine);
  const { service } = machine.boot();
  await start(service);
  return { machine, service };
}

type Asked = { subnet?: string; settings?: readonly { key: string; value: string }[]; shared?: boolean };
const asked = (network: string, { subnet, settings = [], shared = false }: Asked = {}) => ({
  ...{ network, subnet: subnet ?? null, settings, shared },
});
const make = (service: Service, name: string, how: Asked & { as?: Caller } = {}) =>
  createNetwork(service, how.as ?? student, asked(name, how));
const reach = (value: string) => ({ settings: [{ key: "reach", value }] });
const set = (service: Service, caller: Caller, setting: string) => {
  const [key = "", value = ""] = setting.split("=");
  return setNetwork(service, caller, { network: "dmz", settings: [{ key, value }], apply: true, dryRun: false });
};

async function inForce(service: Service): Promise<string[]> {
  const { networks } = await wantedNow(service.world);
  return networks.map((one) => `${one.name} ${one.switch} ${one.address.address}/${one.address.prefix} ${one.reach}`);
}

describe("a user makes a network", () => {
  test("of a subnet: the switch has its first address, the lowest free number, and the user owns it", async () => {
    const { machine, service } = await install();
    const { network } = await make(service, "dmz", { subnet: "10.11.0.0/24", ...reach("isolated") });
    expect(network).toMatchObject({ owner: 1001, switch: "vswitch1", domain: "dmz.internal" });
    expect(await inForce(service)).toEqual(["lab vswitch0 192.168.194.1/24 nat", "dmz vswitch1 10.11.0.1/24 isolated"]);
    expect(machine.boot().host.print()).toContain("ip address add 10.11.0.1/24 dev vswitch1");
    expect(await machine.read("document.yaml")).toBe(lab);
    expect(await machine.left()).toEqual([]);
  });

  test("of an address; of neither, on a free subnet of the usual kind", async () => {
    const { service } = await install();
    await make(service, "dmz", { settings: [{ key: "address", value: "10.11.0.77/24" }] });
    await make(service, "free");
    expect(await inForce(service)).toEqual([
      "lab vswitch0 192.168.194.1/24 nat",
      "dmz vswitch1 10.11.0.77/24 nat",
      "free vswitch2 192.168.253.1/24 nat",
    ]);
  });

  test("beside a stopped one, and one of the document that is not in force, and takes neither's subnet", async () => {
    const { machine, service } = await install();
    await setRunning(service, root, { network: "lab", running: false });
    await machine.write(`${lab}  next:\n    address: 192.168.253.1/24\n`);
    const { network } = await make(service, "dmz");
    expect([String(network.switch), String(network.address.address)]).toEqual(["vswitch2", "192.168.252.1"]);
    expect(await outcomeOf(reload(service, root))).toBe("done");
  });

  test("where the document is broken by now: what is in force is known", async () => {
    const { machine, service } = await install();
    await machine.write("networks: [");
    expect(await outcomeOf(make(service, "dmz", { subnet: "192.168.194.0/24" }))).toBe("subnet-of-network");
    expect(await outcomeOf(make(service, "dmz"))).toBe("done");
  });

  test("and a switch of somebody else's is passed over", async () => {
    const { machine, service } = await install();
    const eth0 = machine.state.links.get(interfaceName("eth0"));
    if (eth0 === undefined) throw new Error("no eth0");
    machine.state.links.set(interfaceName("vswitch1"), { ...eth0, name: interfaceName("vswitch1"), kind: "bridge" });
    expect(String((await make(service, "dmz")).network.switch)).toBe("vswitch2");
  });

  test.each([
    ["the subnet of another network", { subnet: "192.168.194.0/25" }, "subnet-of-network"],
    ["a subnet that the host reaches otherwise", { subnet: "172.17.0.0/24" }, "subnet-taken"],
    ["a subnet that holds one", { subnet: "172.17.0.0/16" }, "subnet-taken"],
    ["host bits", { subnet: "10.11.0.1/24" }, "subnet-invalid"],
    ["words", { subnet: "-x; reboot" }, "subnet-invalid"],
    ["too small a one", { subnet: "10.11.0.0/31" }, "prefix-invalid"],
    ["a public subnet", { subnet: "203.0.113.0/24" }, "denied-subnet"],
    ["half of all private addresses", { subnet: "10.0.0.0/9" }, "denied-subnet"],
    ["an unknown reach", reach("far"), "reach-invalid"],
    ["the LAN's addresses", reach("proxy-arp"), "denied-setting"],
    ["a place on the LAN", reach("bridged"), "denied-setting"],
    ["whatever reaches furthest", reach("auto"), "denied-setting"],
    ["a pool", { settings: [{ key: "pool", value: "lan-dhcp" }] }, "denied-setting"],
    ["an uplink", { settings: [{ key: "uplink", value: "eth0" }] }, "denied-setting"],
    ["another's domain", { settings: [{ key: "domain", value: "lab.internal" }] }, "denied-setting"],
    ["a domain of the world's", { settings: [{ key: "domain", value: "example.org" }] }, "denied-setting"],
    ["an unknown setting", { settings: [{ key: "owner", value: "0" }] }, "setting-unknown"],
    ["everybody's", { shared: true }, "denied-administer"],
  ] as const)("not with %s", async (_, how, code) => {
    const { machine, service } = await install();
    const before = machine.boot().host.print();
    expect(await outcomeOf(make(service, "dmz", how))).toBe(code);
    expect(machine.boot().host.print()).toBe(before);
    expect(await inForce(service)).toHaveLength(1);
  });

  test.each([
    ["lab", "network-exists"],
    ["../../etc", "name-invalid"],
    ["Dmz", "name-invalid"],
    ["constructor", "name-invalid"],
    ["a-name-of-16-lett", "name-invalid"],
  ])("not of the name %s", async (name, code) => {
    const { service } = await install();
    expect(await outcomeOf(make(service, name))).toBe(code);
  });

  test("no more of them than the quota; administrators may", async () => {
    const { machine, service } = await install(`${lab}policy: {networks: 2}\n`);
    await make(service, "one");
    await make(service, "two");
    const error = await make(service, "three").catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "quota-networks", values: { user: "etu1", quota: "2", names: "one, two" } });
    expect(error instanceof TarrError && exitCodes[error.class]).toBe(77);
    for (const name of ["a", "b", "c"]) await make(service, name, { as: teacher });
    await deleteNetwork(service, student, "one");
    expect(await outcomeOf(make(service, "three"))).toBe("done");
    await machine.write(`${lab}policy: {networks: 0}\n`);
    expect(await outcomeOf(make(service, "x", { as: other }))).toBe("quota-networks");
    expect(await outcomeOf(make(service, "x", { as: teacher }))).toBe("done");
  });

  test("only where the document lets users, and free ones are found there", async () => {
    const { service } = await install(`${lab}policy: {subnets: [10.64.0.0/16]}\n`);
    expect(await outcomeOf(make(service, "dmz", { subnet: "10.11.0.0/24" }))).toBe("denied-subnet");
    expect(String((await make(service, "dmz")).network.address.address)).toBe("10.64.0.1");
    expect(String((await make(service, "two")).network.address.address)).toBe("10.64.1.1");
    expect(await outcomeOf(make(service, "three", { as: teacher, subnet: "10.11.0.0/24" }))).toBe("done");
  });
});

describe("a user's network", () => {
  async function withDmz() {
    const installed = await install();
    await make(installed.service, "dmz", { subnet: "10.11.0.0/24" });
    return installed;
  }

  const byOther: readonly (readonly [string, (service: Service, caller: Caller) => Promise<unknown>])[] = [
    ["set", (service, caller) => set(service, caller, "reach=isolated")],
    ["stopped", (service, caller) => setRunning(service, caller, { network: "dmz", running: false })],
    ["started", (service, caller) => setRunning(service, caller, { network: "dmz", running: true })],
    ["used", (service, caller) => createPort(service, caller, { network: "dmz", name: "vm", kind: "qemu" })],
    ["deleted", (service, caller) => deleteNetwork(service, caller, "dmz")],
  ];

  test.each(byOther)("is %s by its owner and administrators, and by nobody else", async (_, act) => {
    const { service } = await withDmz();
    expect(await outcomeOf(act(service, other))).toBe("denied-network");
    expect(await outcomeOf(act(service, student))).toBe("done");
    const again = await withDmz();
    expect(await outcomeOf(act(again.service, teacher))).toBe("done");
  });

  test("of a user who may not use the switch any more is an administrator's affair", async () => {
    const { machine, service } = await withDmz();
    await machine.write(`${lab}policy: {use: []}\n`);
    expect(await outcomeOf(set(service, student, "reach=isolated"))).toBe("denied-use");
  });

  test("is deleted only without machines, and the error names them", async () => {
    const { machine, service } = await withDmz();
    const port = await createPort(service, student, { network: "dmz", name: "web", kind: "qemu" });
    const error = await deleteNetwork(service, student, "dmz").catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "network-in-use", values: { network: "dmz", names: "web" } });
    await deletePort(service, student, port.id);
    await deleteNetwork(service, student, "dmz");
    expect(await inForce(service)).toHaveLength(1);
    expect(machine.boot().host.print()).not.toContain("vswitch1");
  });

  test("is not deleted under a guest that was put on its switch by hand", async () => {
    const { machine, service } = await withDmz();
    const eth0 = machine.state.links.get(interfaceName("eth0"));
    if (eth0 === undefined) throw new Error("no eth0");
    const guest = { ...eth0, name: interfaceName("veth1001_x"), kind: "veth", master: interfaceName("vswitch1") };
    machine.state.links.set(guest.name, { ...guest, addresses: [] });
    const error = await deleteNetwork(service, student, "dmz").catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "network-in-use", values: { names: "veth1001_x" } });
  });

  test("that was deleted leaves its name, its switch and its subnet to the next, which does not begin stopped", async () => {
    const { machine, service } = await withDmz();
    await setRunning(service, student, { network: "dmz", running: false });
    await deleteNetwork(service, student, "dmz");
    await make(service, "dmz", { subnet: "10.11.0.0/24", as: other });
    expect((await wantedNow(service.world)).stopped.size).toBe(0);
    expect(await machine.left()).toEqual([]);
  });

  test("moves with its machines when its owner gives it another subnet, and may not move onto the LAN", async () => {
    const { machine, service } = await withDmz();
    await createPort(service, student, { network: "dmz", name: "web", kind: "qemu" });
    await set(service, student, "address=10.12.0.1/24");
    expect(machine.boot().host.print()).toContain(",10.12.0.10,web");
    expect(await outcomeOf(set(service, student, "address=192.168.194.129/25"))).toBe("subnet-of-network");
    expect(await outcomeOf(set(service, student, "address=203.0.113.1/24"))).toBe("denied-subnet");
    expect(await outcomeOf(set(service, student, "domain=example.org"))).toBe("denied-setting");
    expect(await outcomeOf(set(service, student, "domain=tp.dmz.internal"))).toBe("done");
    expect(await outcomeOf(set(service, student, "reach=bridged"))).toBe("denied-setting");
    expect(await outcomeOf(set(service, teacher, "reach=auto"))).toBe("done");
    expect(await machine.read("document.yaml")).toBe(lab);
  });

  test("is changed while something is pending in the document, and that stays pending", async () => {
    const { machine, service } = await withDmz();
    await machine.write(lab.replace("194.1", "199.1"));
    await set(service, student, "reach=isolated");
    expect(await inForce(service)).toEqual(["lab vswitch0 192.168.194.1/24 nat", "dmz vswitch1 10.11.0.1/24 isolated"]);
    expect((await pendingPlan(service)).pending).toBe(true);
    await reload(service, root);
    expect(await inForce(service)).toEqual(["lab vswitch0 192.168.199.1/24 nat", "dmz vswitch1 10.11.0.1/24 isolated"]);
    expect((await pendingPlan(service)).pending).toBe(false);
  });

  test.each([
    ["its name", "  dmz: {address: 10.99.0.1/24, switch: vswitch5}\n", "dmz"],
    ["its switch", "  two: {address: 10.99.0.1/24}\n", "vswitch1"],
    ["its subnet", "  two: {address: 10.11.0.129/25, switch: vswitch5}\n", "10.11.0.128/25"],
    ["its domain", "  two: {address: 10.99.0.1/24, switch: vswitch5, domain: dmz.internal}\n", "dmz.internal"],
  ])("is not adopted by a document that has %s later", async (_, line, value) => {
    const { machine, service } = await withDmz();
    await createPort(service, student, { network: "dmz", name: "web", kind: "qemu" });
    const before = machine.boot().host.print();
    await machine.write(`${lab}${line}`);
    const error = await reload(service, root).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "network-clash", values: { other: "dmz", value } });
    expect(error instanceof TarrError && exitCodes[error.class]).toBe(65);
    expect(machine.boot().host.print()).toBe(before);
    // A boot puts the last good one into force.
    const rebooted = new Machine(machine.folder, bareHost());
    await start(rebooted.boot().service);
    expect(rebooted.boot().host.print()).toContain("ip address add 10.11.0.1/24 dev vswitch1");
    expect(String((await wantedNow(service.world)).networks[1]?.owner)).toBe("1001");
  });

  test("does not keep an administrator from the document when its subnet is the LAN's by now", async () => {
    const { machine, service } = await withDmz();
    const wlan = machine.state.links.get(interfaceName("wlan0"));
    if (wlan === undefined) throw new Error("no wlan0");
    machine.state.links.set(wlan.name, { ...wlan, addresses: [{ address: "10.11.0.7" as never, prefix: 24 }] });
    expect(await outcomeOf(reload(service, root))).toBe("done");
  });

  test("is there after a restart of the service, and after a boot", async () => {
    const { machine } = await withDmz();
    const before = machine.boot().host.print();
    const { service, host } = machine.boot();
    await start(service);
    expect(host.ran).toEqual([]);
    expect(machine.boot().host.print()).toBe(before);
    const rebooted = new Machine(machine.folder, bareHost());
    await start(rebooted.boot().service);
    expect(rebooted.boot().host.print()).toBe(before);
  });

  test("is known without its file, from what is in force", async () => {
    const { machine, service } = await withDmz();
    await (await import("node:fs/promises")).rm(`${machine.folder}/state/networks.json`);
    expect(await outcomeOf(set(service, student, "reach=isolated"))).toBe("done");
    expect(await machine.read("state/networks.json")).toContain('"owner":1001');
  });
});

describe("everybody's network", () => {
  test("made by root, or with --shared by an administrator, is written into the document, comments kept", async () => {
    const { machine, service } = await install();
    await make(service, "dmz", { as: root, subnet: "192.0.2.0/24" });
    await make(service, "two", { as: teacher, shared: true, ...reach("isolated") });
    const text = (await machine.read("document.yaml")) ?? "";
    expect(text).toStartWith(lab);
    expect(parseDocument(text).networks.map((one) => [one.name, one.switch, one.reach].join(" "))).toEqual([
      "lab vswitch0 nat",
      "dmz vswitch1 nat",
      "two vswitch2 isolated",
    ]);
    expect(await outcomeOf(createPort(service, student, { network: "dmz", name: "web", kind: "qemu" }))).toBe("done");
    expect(await outcomeOf(deleteNetwork(service, student, "two"))).toBe("denied-administer");
    expect(await outcomeOf(deleteNetwork(service, root, "dmz"))).toBe("network-in-use");
    await deleteNetwork(service, teacher, "two");
    expect(await inForce(service)).toHaveLength(2);
    expect(await machine.left()).toEqual([]);
  });

  test("taken out of the document leaves the ones behind it their switches", async () => {
    const text = `${lab}  two:\n    address: 203.0.113.1/25\n  three:\n    address: 203.0.113.129/25\n`;
    const { service } = await install(text);
    await deleteNetwork(service, root, "two");
    expect(await inForce(service)).toEqual([
      "lab vswitch0 192.168.194.1/24 nat",
      "three vswitch2 203.0.113.129/25 nat",
    ]);
  });
});

/** Changes of a user's networks, each of several steps. */
const changes: Readonly<Record<string, (service: Service) => Promise<unknown>>> = {
  create: (service) => make(service, "two"),
  set: (service) => set(service, student, "address=10.12.0.1/24"),
  delete: (service) => deleteNetwork(service, student, "dmz"),
  "create for everybody": (service) => make(service, "two", { as: root }),
};
const files = ["state/networks.json", "state/applied.json", "run/journal.json", "run/stopped.json", "document.yaml"];

/** @returns null when there is no step of this number */
async function mishap(change: string, at: number, how: Mishap["how"]) {
  const { machine, service } = await install();
  await make(service, "dmz", { subnet: "10.11.0.0/24" });
  const before = {
    printed: machine.boot().host.print(),
    files: await Promise.all(files.map((one) => machine.read(one))),
  };
  const { service: next, host } = machine.boot({ at, how });
  const outcome = await Promise.race([
    outcomeOf(changes[change]?.(next) ?? Promise.resolve()),
    host.crashed.then(() => "crashed"),
  ]);
  return host.ran.length <= at && outcome === "done" ? null : { machine, before, outcome };
}

describe("whichever step goes wrong of a user's", () => {
  test.each(Object.keys(changes))("%s: all is as before", async (change) => {
    let at = 0;
    for (; ; at += 1) {
      const result = await mishap(change, at, "fail");
      if (result === null) break;
      // A bridge that is deleted is made anew, which no undo does: the service's next look, as the start here, does.
      expect(result.outcome).toMatch(change === "delete" ? /^plan-failed/ : /^plan-failed$/);
      if (result.outcome === "plan-failed-left") await start(result.machine.boot().service);
      expect(result.machine.boot().host.print()).toBe(result.before.printed);
      expect(await Promise.all(files.map((one) => result.machine.read(one)))).toEqual(result.before.files);
    }
    expect(at).toBeGreaterThan(1);
  });

  test.each(Object.keys(changes))(
    "%s, and the service ends there: the next start does it to its end",
    async (change) => {
      const after = await mishap(change, 1000, "crash");
      expect(after).toBeNull();
      let at = 0;
      for (; ; at += 1) {
        const result = await mishap(change, at, "crash-half");
        if (result === null) break;
        const { service } = result.machine.boot();
        await start(service);
        expect({ at, left: await result.machine.left() }).toEqual({ at, left: [] });
        expect((await pendingPlan(service)).pending).toBe(false);
      }
      expect(at).toBeGreaterThan(1);
    },
  );
});

test("an uplink that is not there is refused where it is named, with those that are", async () => {
  const { machine, service } = await install();
  const uplink = (value: string) => ({ settings: [{ key: "uplink", value }] });
  const onLab = (value: string) =>
    setNetwork(service, teacher, { network: "lab", ...uplink(value), apply: true, dryRun: false });
  for (const wrong of [() => onLab("eth7"), () => make(service, "dmz", { as: teacher, ...uplink("eth7") })]) {
    expect(String(await wrong().catch((reason: unknown) => reason))).toMatch(/uplink-unknown .*"eth0, wlan0, docker0"/);
  }
  expect(await outcomeOf(onLab("eth0"))).toBe("done");
  // A card that comes later is for the document, and then keeps nobody from anything else.
  await machine.write(`${lab}    uplink: eth7\n`);
  expect(await outcomeOf(reload(service, root))).toBe("done");
  const dhcp = { network: "lab", settings: [{ key: "dhcp", value: "off" }], apply: true, dryRun: false };
  expect(await outcomeOf(setNetwork(service, teacher, dhcp))).toBe("done");
});
