import { afterEach, describe, expect, test } from "bun:test";
import { confirm, interruptTrial, resumeTrial } from "../../src/daemon/trial.ts";
import { readTrial, readUndone, writeTrial } from "../../src/daemon/trial-state.ts";
import { reload, setNetwork } from "../../src/daemon/networks.ts";
import { createPort } from "../../src/daemon/ports.ts";
import type { Service } from "../../src/daemon/service.ts";
import { start, wantedNow } from "../../src/daemon/service.ts";
import { interfaceName, parseNetworkName } from "../../src/model/names.ts";
import type { Caller } from "../../src/model/policy.ts";
import { parseIpv4 } from "../../src/model/address.ts";
import { bareHost } from "./random-lab.ts";
import { Machine, outcomeOf } from "./world.ts";

const root: Caller = { uid: 0, name: "root", groups: [] };
const document = "# ours\nnetworks:\n  lab:\n    address: 192.168.194.1/24\n    reach: nat\n";
const machines: Machine[] = [];
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.remove();
});

async function running() {
  const state = bareHost();
  state.routes = state.routes.map((route) => ({ ...route, gateway: parseIpv4("198.51.100.1") }));
  const machine = await Machine.install(document, state);
  machines.push(machine);
  const { service } = machine.boot();
  await start(service);
  return { machine, service };
}

function bridge(service: Service, more: readonly { key: string; value: string }[] = []) {
  const settings = [{ key: "reach", value: "bridged" }, ...more];
  return setNetwork(service, root, { network: "lab", settings, apply: true, dryRun: false });
}

const isBridged = (machine: Machine) => machine.state.links.has(interfaceName("uplink0"));

/** The watch looks twice a second. */
async function looked(isDone: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 40 && !(await isDone()); tries += 1) await Bun.sleep(50);
}

describe("a trial", () => {
  test("leaves the document as it is until it is confirmed, and then only the settings are new", async () => {
    const { machine, service } = await running();
    await bridge(service);
    expect(await machine.read("document.yaml")).toBe(document);
    expect(isBridged(machine)).toBe(true);
    await confirm(service, root);
    expect(await machine.read("document.yaml")).toBe(document.replace("nat", "bridged"));
    expect(await machine.read("run/trial.json")).toBeNull();
    expect(await machine.left()).toEqual([]);
  });

  test("is undone at its second, not before, whatever the clock on the wall says", async () => {
    const { machine, service } = await running();
    await bridge(service);
    machine.uptime += 59;
    await Bun.sleep(700);
    expect(isBridged(machine)).toBe(true);
    machine.uptime += 1;
    await looked(async () => (await readUndone(service.world.folders)) !== null);
    expect(isBridged(machine)).toBe(false);
    expect(await readUndone(service.world.folders)).toMatchObject({
      code: "trial-unconfirmed",
      values: { network: "lab", reach: "bridged" },
    });
    expect(await outcomeOf(confirm(service, root))).toBe("trial-none");
    expect(await machine.left()).toEqual([]);
  });

  test("ends when its gateway has been silent for its patience, and a short silence is forgiven", async () => {
    const { machine, service } = await running();
    await bridge(service);
    machine.gatewayAnswers = false;
    machine.uptime += 4;
    await Bun.sleep(700);
    machine.gatewayAnswers = true;
    await Bun.sleep(700);
    machine.gatewayAnswers = false;
    machine.uptime += 4;
    await Bun.sleep(700);
    expect(isBridged(machine)).toBe(true);
    machine.uptime += 1;
    await looked(() => !isBridged(machine));
    await looked(async () => (await readUndone(service.world.folders)) !== null);
    expect(await readUndone(service.world.folders)).toMatchObject({
      code: "trial-gateway-silent",
      values: { gateway: "198.51.100.1", uplink: "eth0" },
    });
  });

  test("goes on after a restart of the service, and one that comes too late undoes it first of all", async () => {
    const { machine, service } = await running();
    await bridge(service);
    const next = machine.boot().service;
    await start(next);
    expect(isBridged(machine)).toBe(true);
    machine.uptime += 60;
    const late = machine.boot().service;
    await start(late);
    expect(isBridged(machine)).toBe(false);
    await resumeTrial(late);
    await looked(async () => (await readTrial(late.world.folders)) === null);
    expect((await readUndone(late.world.folders))?.code).toBe("trial-unconfirmed");
  });

  test("does not outlive a boot", async () => {
    const { machine, service } = await running();
    await bridge(service);
    const rebooted = new Machine(machine.folder, bareHost());
    await (await import("node:fs/promises")).rm(`${machine.folder}/run`, { recursive: true });
    await start(rebooted.boot().service);
    expect(isBridged(rebooted)).toBe(false);
    expect(await rebooted.left()).toEqual([]);
  });

  test("is taken back when the service is stopped, and by a reload", async () => {
    const { machine, service } = await running();
    await bridge(service);
    await interruptTrial(service.world);
    expect(isBridged(machine)).toBe(false);
    expect((await readUndone(service.world.folders))?.code).toBe("trial-interrupted");
    await bridge(service);
    await reload(service, root);
    expect(isBridged(machine)).toBe(false);
    expect(await machine.read("run/trial.json")).toBeNull();
  });

  test("is taken back at its end although a machine was made meanwhile on a network that came with it", async () => {
    const { machine, service } = await running();
    await machine.write(`${document}  wire:\n    address: 192.168.7.1/24\n    reach: bridged\n`);
    await reload(service, root);
    expect(machine.state.links.has(interfaceName("uplink1"))).toBe(true);
    const port = await createPort(service, root, { network: "wire", name: "web", kind: "qemu" });
    machine.uptime += 60;
    await looked(async () => (await readUndone(service.world.folders)) !== null);
    expect(machine.state.links.has(interfaceName("uplink1"))).toBe(false);
    expect(machine.state.links.get(port.interface)?.master).toBe(interfaceName("vswitch1"));
    expect((await readUndone(service.world.folders))?.code).toBe("trial-unconfirmed");
    const next = machine.boot().service;
    await start(next);
    expect(machine.state.links.get(port.interface)?.master).toBe(interfaceName("vswitch1"));
  });

  test("is taken back without asking the LAN for anything: it may be what the trial cut off", async () => {
    const { machine, service } = await running();
    await bridge(service);
    await confirm(service, root);
    await createPort(service, root, { network: "lab", name: "web", kind: "qemu" });
    const trial = { network: parseNetworkName("lab"), until: machine.uptime, ending: null };
    const after = (await wantedNow(service.world)).networks;
    const before = after.map((network) => ({ ...network, reach: "proxy-arp", pool: "lan-dhcp" }) as const);
    await writeTrial(service.world.folders, { ...trial, before, after });
    expect(isBridged(machine)).toBe(true);
    await interruptTrial(service.world);
    expect(isBridged(machine)).toBe(false);
  });

  test("is not begun by a change that is already confirmed, or by another setting", async () => {
    const { service } = await running();
    await bridge(service);
    await confirm(service, root);
    const settings = [{ key: "domain", value: "x.internal" }];
    await setNetwork(service, root, { network: "lab", settings, apply: true, dryRun: false });
    expect(await readTrial(service.world.folders)).toBeNull();
    await bridge(service);
    expect(await readTrial(service.world.folders)).toBeNull();
  });

  test("of a step that fails is no trial", async () => {
    const { machine } = await running();
    const { service } = machine.boot({ at: 4, how: "fail" });
    expect(await outcomeOf(bridge(service))).toBe("plan-failed");
    expect(await readTrial(service.world.folders)).toBeNull();
    expect(await machine.left()).toEqual([]);
  });
});

describe("refused before anything is changed", () => {
  const cases = [
    { code: "bridge-many-uplinks", uplink: "auto", name: "wlan0", changed: {} },
    { code: "bridge-wireless", uplink: "wlan0", name: "wlan0", changed: { obstacle: "wireless" } },
    { code: "bridge-authenticated", uplink: "eth0", name: "eth0", changed: { obstacle: "authenticated" } },
    { code: "bridge-member", uplink: "eth0", name: "eth0", changed: { master: interfaceName("docker0") } },
    { code: "bridge-kind", uplink: "docker0", name: "eth0", changed: {} },
    { code: "bridge-not-ethernet", uplink: "lo", name: "eth0", changed: {} },
    { code: "bridge-unknown-uplink", uplink: "eth9", name: "eth0", changed: {} },
  ] as const;
  test.each(cases)("$code", async ({ code, uplink, name, changed }) => {
    const { machine, service } = await running();
    const link = machine.state.links.get(interfaceName(name));
    if (link === undefined) throw new Error(name);
    machine.state.links.set(link.name, { ...link, ...changed });
    if (code === "bridge-many-uplinks") {
      machine.state.routes = [...machine.state.routes, ...machine.state.routes].map((route, index) =>
        index === 0 ? { ...route, interface: link.name } : route,
      );
    }
    const before = machine.boot().host.print();
    expect(await outcomeOf(bridge(service, [{ key: "uplink", value: uplink }]))).toBe(code);
    expect(machine.boot().host.print()).toBe(before);
    expect(await machine.read("document.yaml")).toBe(document);
  });

  test("Wi-Fi beside a cable is no question: the cable is meant", async () => {
    const { machine, service } = await running();
    const wlan0 = machine.state.links.get(interfaceName("wlan0"));
    if (wlan0 === undefined) throw new Error("wlan0");
    machine.state.links.set(wlan0.name, { ...wlan0, obstacle: "wireless" });
    machine.state.routes = machine.state.routes.flatMap((route) => [{ ...route, interface: wlan0.name }, route]);
    await bridge(service);
    expect(machine.state.splices).toMatchObject([{ nic: "eth0" }]);
  });
});
