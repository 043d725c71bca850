import { afterAll, afterEach, beforeAll, expect, spyOn, test } from "bun:test";
import { createNetwork } from "../../src/daemon/network-list.ts";
import { pendingPlan, reload, setNetwork } from "../../src/daemon/networks.ts";
import { createPort } from "../../src/daemon/ports.ts";
import type { Service } from "../../src/daemon/service.ts";
import { start, wantedNow } from "../../src/daemon/service.ts";
import { addressOf } from "../../src/model/port.ts";
import type { Caller } from "../../src/model/policy.ts";
import { Machine, outcomeOf } from "./world.ts";

const root: Caller = { uid: 0, name: "root", groups: [] };
const student: Caller = { uid: 1001, name: "etu1", groups: [] };

const machines: Machine[] = [];
const journal = spyOn(process.stderr, "write");
beforeAll(() => void journal.mockImplementation(() => true));
afterAll(() => journal.mockRestore());
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.remove();
});

/** With machines on .10, .11 and .12. */
async function install(): Promise<{ machine: Machine; service: Service }> {
  const machine = await Machine.install("networks:\n  lab:\n    address: 192.168.194.1/24\n");
  machines.push(machine);
  const { service } = machine.boot();
  await start(service);
  for (const name of ["a", "b", "c"]) await createPort(service, student, { network: "lab", name, kind: "qemu" });
  return { machine, service };
}

function set(service: Service, settings: Readonly<Record<string, string>>, { dryRun = false, network = "lab" } = {}) {
  const list = Object.entries(settings).map(([key, value]) => ({ key, value }));
  return setNetwork(service, root, { network, settings: list, apply: true, dryRun });
}

async function addresses(service: Service): Promise<Record<string, string>> {
  const { networks, ports } = await wantedNow(service.world);
  return Object.fromEntries(
    ports.map((port) => {
      const network = networks.find(({ name }) => name === port.network);
      return [port.name, network === undefined ? "" : addressOf(port, network)];
    }),
  );
}

const a = { name: "a", network: "lab", before: "192.168.194.10", after: "192.168.194.13" };

test("a narrowed range says beforehand and afterwards who moves, and that max goes with it", async () => {
  const { machine, service } = await install();
  const narrow = { range: "192.168.194.11-192.168.194.20" };
  const before = await addresses(service);
  const dry = await set(service, narrow, { dryRun: true });
  const also = [{ key: "max", before: "245", after: "10" }];
  expect(dry).toMatchObject({ also, moved: [a] });
  expect(dry.plan.steps.map(({ step }) => step.kind)).toContain("serve-names");
  expect(await addresses(service)).toEqual(before);
  const done = await set(service, narrow);
  expect(done).toMatchObject({ also, moved: [a], plan: dry.plan });
  expect(await addresses(service)).toEqual({ ...before, a: a.after });
  expect(await machine.read("document.yaml")).toContain("max: 10");
  // Nothing moves where nothing has to.
  expect(await set(service, { domain: "tp.internal" })).toMatchObject({ also: [], moved: [] });
});

test("another subnet moves all of them, and the range", async () => {
  const { service } = await install();
  const { also, moved } = await set(service, { address: "10.9.0.1/24" }, { dryRun: true });
  expect(also.map(({ key }) => key)).toEqual(["range"]);
  expect(moved.map(({ after }) => after as string)).toEqual(["10.9.0.10", "10.9.0.11", "10.9.0.12"]);
});

test("what has no room for the machines that there are is refused with the reason, and changes nothing", async () => {
  const { service } = await install();
  const before = await addresses(service);
  for (const dryRun of [true, false]) {
    expect(await outcomeOf(set(service, { max: "2" }, { dryRun }))).toBe("max-short");
    const range = "192.168.194.10-192.168.194.11";
    expect(await outcomeOf(set(service, { range }, { dryRun }))).toBe("range-short");
  }
  expect(await addresses(service)).toEqual(before);
  expect(await outcomeOf(set(service, { max: "3" }))).toBe("done");
});

test("a user's own network is told the same", async () => {
  const { service } = await install();
  const dmz = { network: "dmz", subnet: "10.11.0.0/24", settings: [], shared: false };
  await createNetwork(service, student, dmz);
  for (const name of ["a", "b"]) await createPort(service, student, { network: "dmz", name, kind: "qemu" });
  const narrow = { range: "10.11.0.11-10.11.0.20" };
  for (const dryRun of [true, false]) {
    const { also, moved } = await set(service, narrow, { dryRun, network: "dmz" });
    expect(also.map(({ key }) => key)).toEqual(["max"]);
    expect(moved).toMatchObject([{ name: "a", network: "dmz", before: "10.11.0.10", after: "10.11.0.12" }]);
  }
  expect(await outcomeOf(set(service, { max: "1" }, { network: "dmz" }))).toBe("max-short");
});

test("a document that was edited by hand: the plan tells who will move, and a reload who has", async () => {
  const { machine, service } = await install();
  const write = (line: string) => machine.write(`networks:\n  lab:\n    address: 192.168.194.1/24\n    ${line}\n`);
  await write("range: 192.168.194.11-192.168.194.20");
  expect((await pendingPlan(service)).moved).toMatchObject([a]);
  expect((await reload(service, root)).moved).toMatchObject([a]);
  expect((await pendingPlan(service)).plan.steps).toEqual([]);
  await write("max: 2");
  expect(await outcomeOf(pendingPlan(service))).toBe("max-short");
  expect(await outcomeOf(reload(service, root))).toBe("max-short");
});
