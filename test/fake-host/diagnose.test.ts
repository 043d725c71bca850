import { afterAll, afterEach, beforeAll, expect, spyOn, test } from "bun:test";
import { diagnose } from "../../src/daemon/diagnose.ts";
import { createNetwork, deleteNetwork } from "../../src/daemon/network-list.ts";
import { start } from "../../src/daemon/service.ts";
import { TarrError } from "../../src/error.ts";
import type { Caller } from "../../src/model/policy.ts";
import { goodProbes } from "./fake-probes.ts";
import { Machine } from "./world.ts";

const student: Caller = { uid: 1001, name: "etu1", groups: [] };

const machines: Machine[] = [];
const journal = spyOn(process.stderr, "write");
beforeAll(() => void journal.mockImplementation(() => true));
afterAll(() => journal.mockRestore());
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.remove();
});

test("a network that is deleted while it is looked at is no fault, and hides none", async () => {
  const machine = await Machine.install("networks:\n  lab:\n    address: 192.168.194.1/24\n");
  machines.push(machine);
  const { service } = machine.boot();
  await start(service);
  await createNetwork(service, student, { network: "dmz", subnet: "10.11.0.0/24", settings: [], shared: false });
  let asked = 0;
  const world = {
    ...service.world,
    probes: {
      ...goodProbes,
      ask: async (...[probe, as, patience]: Parameters<typeof goodProbes.ask>) => {
        const answers = await goodProbes.ask(probe, as, patience);
        if (probe.switch === "vswitch0") return answers;
        asked += 1;
        if (asked === 1) return { ...answers, dns: false };
        await deleteNetwork(service, student, "dmz");
        throw new TarrError("packet-socket-failed", { interface: probe.switch, reason: "ENODEV" });
      },
    },
  };
  const checks = await diagnose({ ...service, world });
  expect(asked).toBe(2);
  expect(checks.map(({ values }) => values["network"])).not.toContain("dmz");
  expect(checks.find(({ id }) => id === "probe-dns")).toMatchObject({ status: "pass", values: { network: "lab" } });
});
