import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkVmware } from "../../src/daemon/vmware-checks.ts";
import { observeBridges } from "../../src/host/vmware/bridges.ts";
import { parseDocument } from "../../src/model/document.ts";
import { observe } from "../fake-host/fake-host.ts";
import type { Written } from "../golden/written.ts";
import { toState } from "../golden/written.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vmware-checks-"));
  mkdirSync(join(folder, "vmnet"));
  // As VNetBridgeProcRead in the public module's bridge.c writes it.
  const bridge = (on: string) =>
    `connected hub200.1  mac 00:00:00:00:00:00 ladrf 00:00:00:00:00:00:00:00 flags IFF_RUNNING,IFF_UP dev ${on} \n`;
  writeFileSync(join(folder, "vmnet/bridge0"), bridge("eth0"));
  writeFileSync(join(folder, "vmnet/bridge1"), bridge("vswitch1"));
  writeFileSync(join(folder, "vmnet/hub200.1"), "connected dev vswitch0 \n");
});
afterAll(() => rmSync(folder, { recursive: true }));

const { networks } = parseDocument("networks: {lab: {address: 192.0.2.1/25}, dmz: {address: 192.0.2.129/25}}");
const onSwitches = [0, 1].map((number) => ({
  name: `vmware${number}`,
  kind: "veth",
  master: `vswitch${number}`,
  peer: `vmware${number}-peer`,
  marked: true,
}));
const peers = [0, 1].map((number) => ({
  name: `vmware${number}-peer`,
  kind: "veth",
  peer: `vmware${number}`,
  marked: true,
}));
const lines = "VERSION=1,0\nadd_bridge_mapping vmware0 200\nadd_bridge_mapping vmware1 201\n";
const checks = (written: Written, bridged: readonly string[] = [], text = lines) =>
  checkVmware(networks, observe(toState({ ...written, links: [...(written.links ?? []), ...peers] }), new Set()), {
    bridges: () => Promise.resolve(new Set(bridged)),
    networking: () => Promise.resolve(text),
  });

test("what VMware is bridged to is read from its module, whatever its file says", async () => {
  expect([...(await observeBridges(join(folder, "vmnet")))].sort()).toEqual(["eth0", "vswitch1"]);
  expect(await observeBridges(join(folder, "none"))).toEqual(new Set());
});

test("without VMware nothing is said of it; with it, of each switch", async () => {
  expect(await checks({ links: onSwitches })).toEqual([]);
  expect((await checks({ links: onSwitches, vmware: true })).map(({ id, status }) => [id, status])).toEqual([
    ["vmware-port", "pass"],
    ["vmware-port", "pass"],
  ]);
});

test("a port that is missing, off its switch or down is wrong", async () => {
  const [first = { name: "" }, second = { name: "" }] = onSwitches;
  for (const links of [[first], [first, { ...second, master: "vswitch0" }], [first, { ...second, up: false }]]) {
    expect((await checks({ links, vmware: true })).map(({ status }) => status)).toEqual(["pass", "fail"]);
  }
});

test("a switch that VMware is bridged to itself is told, by its name", async () => {
  const [first, second] = await checks({ links: onSwitches, vmware: true }, ["vmware0", "vswitch1"]);
  expect(first?.status).toBe("pass");
  expect(second).toEqual({ id: "vmware-switch", status: "warn", values: { switch: "vswitch1", interface: "vmware1" } });
});

test("a line that is missing, and one that VMware has not read yet, are told", async () => {
  const ids = async (...how: [readonly string[], string?]) =>
    (await checks({ links: onSwitches, vmware: true }, ...how)).map(({ id, status }) => [id, status]);
  const old = lines.replace("vmware1", "vswitch1");
  expect(await ids([], old)).toEqual([
    ["vmware-port", "pass"],
    ["vmware-line", "warn"],
  ]);
  expect(await ids(["eth0", "vmware0"])).toEqual([
    ["vmware-port", "pass"],
    ["vmware-unread", "warn"],
  ]);
});

test("an interface of that name that is somebody else's is told", async () => {
  const [first = { name: "" }, second = { name: "" }] = onSwitches;
  const found = await checks({ links: [{ ...first, marked: false }, second], vmware: true });
  expect(found.map(({ id, status }) => [id, status])).toEqual([
    ["vmware-foreign", "warn"],
    ["vmware-port", "pass"],
  ]);
});
