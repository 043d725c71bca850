import { afterAll, afterEach, beforeAll, expect, spyOn, test } from "bun:test";
import type { CableRequest } from "../../src/daemon/cables.ts";
import { setPort } from "../../src/daemon/cables.ts";
import { createPort, deletePort } from "../../src/daemon/ports.ts";
import { start, wantedNow } from "../../src/daemon/service.ts";
import { writePorts } from "../../src/daemon/state.ts";
import { interfaceName } from "../../src/model/names.ts";
import type { Caller } from "../../src/model/policy.ts";
import type { Mishap } from "./fake-host.ts";
import { Machine, outcomeOf } from "./world.ts";

const root: Caller = { uid: 0, name: "root", groups: [] };
const student: Caller = { uid: 1001, name: "etu1", groups: [] };
const other: Caller = { uid: 1002, name: "etu2", groups: [] };

const machines: Machine[] = [];
const journal = spyOn(process.stderr, "write");
beforeAll(() => void journal.mockImplementation(() => true));
afterAll(() => journal.mockRestore());
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.remove();
});

async function running(kind = "qemu") {
  const machine = await Machine.install("networks:\n  lab:\n    address: 192.168.194.1/24\n");
  machines.push(machine);
  const { service, host } = machine.boot();
  await start(service);
  const port = await createPort(service, student, { network: "lab", name: "web", kind });
  const set = (request: Partial<CableRequest>, caller = student) =>
    setPort(service, caller, { id: port.id, up: null, reset: false, settings: [], ...request });
  return { machine, service, host, port, set };
}

const slow = [{ key: "delay", value: "50ms" }];
const rate = [{ key: "rate", value: "1mbit" }];

test("a pulled cable and a bad line are kept apart, and each goes back by itself", async () => {
  const { set, service, host, port } = await running();
  const kept = async () => (await wantedNow(service.world)).ports[0];
  await set({ settings: slow });
  await set({ up: false });
  expect(await kept()).toMatchObject({ pulled: true, line: { delay: 50_000 } });
  await set({ settings: rate });
  expect(await kept()).toMatchObject({ pulled: true, line: { delay: 50_000, rate: 1_000_000 } });
  expect(host.state.links.get(port.interface)).toMatchObject({ up: false, line: { delay: 50_000, rate: 1_000_000 } });
  await set({ reset: true, settings: rate });
  expect(await kept()).toMatchObject({ pulled: true, line: { delay: 0, rate: 1_000_000 } });
  await set({ up: true });
  await set({ reset: true });
  // As before it was ever touched: an older version reads the file too.
  expect(await kept()).toEqual(port);
  expect(host.state.links.get(port.interface)).toMatchObject({ up: true, line: null });
});

test("what is no line, and another's port, change nothing", async () => {
  const { machine, set, host } = await running();
  const before = [host.print(), await machine.read("state/ports.json")];
  expect(await outcomeOf(set({ settings: [{ key: "delay", value: "50" }] }))).toBe("line-delay-invalid");
  expect(await outcomeOf(set({ up: false }, other))).toBe("denied-owner");
  expect(await outcomeOf(set({ up: false, id: "nobody" }))).toBe("port-unknown");
  expect([host.print(), await machine.read("state/ports.json")]).toEqual(before);
  expect(await outcomeOf(set({ up: false }, root))).toBe("done");
});

test("of machines that share a port cable, loss and rate are changed, and no delay", async () => {
  const { set, host, port } = await running("vmware");
  const { mac } = port;
  const before = host.print();
  expect(await outcomeOf(set({ settings: slow }))).toBe("line-shared");
  expect(host.print()).toBe(before);
  const loss = { key: "loss", value: "2%" };
  expect(await outcomeOf(set({ settings: [loss, ...rate], up: false }))).toBe("done");
  expect(host.state.rules).toMatchObject({
    cables: { pulled: [mac], shared: [{ interface: "vmware0", mac, loss: 200, rate: 1_000_000 }] },
  });
  // Without the kernel's own lines too: it is all packet rules.
  host.state.netem = false;
  expect(await outcomeOf(set({ settings: [{ ...loss, value: "3%" }] }))).toBe("done");
  await set({ reset: true, up: true });
  expect(host.print()).toBe(before);
});

test.each(["qemu", "lxc"])("a kernel without netem is told before anything is changed (%s)", async (kind) => {
  const { machine, set, host } = await running(kind);
  host.state.netem = false;
  const before = [host.print(), await machine.read("state/ports.json")];
  expect(await outcomeOf(set({ settings: slow }))).toBe("line-unsupported");
  expect([host.print(), await machine.read("state/ports.json")]).toEqual(before);
  expect(await outcomeOf(set({ settings: rate }))).toBe("done");
});

test("another kernel at the next boot, without netem: every switch comes up, the line is as usual, the cable still out", async () => {
  const { machine, set, port } = await running();
  await set({ settings: slow, up: false });
  for (const name of [port.interface, interfaceName("vswitch0")]) machine.state.links.delete(name);
  machine.state.netem = false;
  const { service } = machine.boot();
  await start(service);
  const [kept] = (await wantedNow(service.world)).ports;
  expect([kept?.pulled, kept?.line]).toEqual([true, undefined]);
  expect(machine.state.links.get(port.interface)).toMatchObject({ up: false, line: null, master: "vswitch0" });
  expect(await machine.left()).toEqual([]);
});

test("a step that fails leaves cable, line and file as they were", async () => {
  for (const at of [0, 1, 2]) {
    const { machine, set, host } = await running();
    const before = [host.print(), await machine.read("state/ports.json")];
    const mishap: Mishap = { at: host.ran.length + at, how: "fail" };
    host.mishap = mishap;
    expect(await outcomeOf(set({ up: false, settings: rate }))).toBe("plan-failed");
    expect([host.print(), await machine.read("state/ports.json")]).toEqual(before);
  }
});

test("a container is found by its MAC, and by what its interface says from then on", async () => {
  const { machine, set, host, port, service } = await running("lxc");
  const veth = interfaceName("veth1001_abcd");
  const tap0 = host.state.links.get(interfaceName("tap0"));
  if (tap0 === undefined) throw new Error("no tap0");
  host.state.links.set(veth, { ...tap0, name: veth, kind: "veth", marked: false });
  machine.places.set(port.mac, veth);
  await set({ up: false });
  expect(host.state.links.get(veth)).toMatchObject({ up: false, port: port.id });
  // The switch forgets a MAC whose interface is down.
  machine.places.clear();
  await set({ settings: rate });
  expect(host.state.links.get(veth)).toMatchObject({ up: false, line: { rate: 1_000_000 } });
  await deletePort(service, student, port.id);
  expect(host.state.links.get(veth)).toMatchObject({ up: true, line: null, port: null });
});

test("a file of a version without cables is read, and one with a line that is none is refused whole", async () => {
  const { machine, service, port } = await running();
  await writePorts(service.world.folders, [port]);
  expect(await machine.read("state/ports.json")).not.toContain("pulled");
  expect((await wantedNow(service.world)).ports).toEqual([port]);
  const text = (await machine.read("state/ports.json")) ?? "";
  await Bun.write(`${machine.folder}/state/ports.json`, text.replace('"owner"', '"line": {"delay": "x"}, "owner"'));
  expect(await outcomeOf(wantedNow(service.world))).toBe("state-unreadable");
});
