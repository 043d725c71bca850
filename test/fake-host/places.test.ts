/** Machines' places on a LAN where there are too few, and MACs that are somebody's there. */
import { afterEach, expect, test } from "bun:test";
import { setNetwork } from "../../src/daemon/networks.ts";
import { createPort } from "../../src/daemon/ports.ts";
import { start, wantedNow } from "../../src/daemon/service.ts";
import { parseIpv4 } from "../../src/model/address.ts";
import { interfaceName, isMac } from "../../src/model/names.ts";
import type { Caller } from "../../src/model/policy.ts";
import { bareHost } from "./random-lab.ts";
import { Machine, outcomeOf } from "./world.ts";

const root: Caller = { uid: 0, name: "root", groups: [] };
const machines: Machine[] = [];
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.remove();
});

async function running(networks: string) {
  const state = bareHost();
  state.routes = state.routes.map((route) => ({ ...route, gateway: parseIpv4("198.51.100.1") }));
  const machine = await Machine.install(`networks:\n${networks}`, state);
  machines.push(machine);
  const { service } = machine.boot();
  await start(service);
  return { machine, service };
}

const lab = (settings: string) => `  lab: {address: 192.168.194.1/24, ${settings}}\n`;
const other = "  dmz: {address: 10.11.0.1/24, reach: isolated}\n";
const one = "pool: 198.51.100.50-198.51.100.50";
const web = (network: string, name: string) => ({ network, name, kind: "qemu" });

test("a pool that is too small is told to whoever asks for a place, and keeps no network from coming up", async () => {
  const { machine, service } = await running(lab("reach: nat") + other);
  for (const name of ["a", "b"]) await createPort(service, root, web("lab", name));
  const settings = ["reach=proxy-arp", "pool=198.51.100.50-198.51.100.50"].map((text) => {
    const [key = "", value = ""] = text.split("=");
    return { key, value };
  });
  const change = { network: "lab", settings, apply: true, dryRun: false };
  expect(await outcomeOf(setNetwork(service, root, change))).toBe("pool-full");

  // As after a boot of a computer that is back in its office.
  await machine.write(`networks:\n${lab(`reach: auto, ${one}`)}${other}`);
  const back = new Machine(machine.folder, bareHost());
  const next = back.boot().service;
  await start(next);
  expect((await wantedNow(next.world)).ports.map(({ lan }) => lan)).toEqual([parseIpv4("198.51.100.50"), null]);
  expect(back.state.links.has(interfaceName("vswitch1"))).toBe(true);
  expect(await outcomeOf(createPort(next, root, web("dmz", "c")))).toBe("done");
  expect(await outcomeOf(createPort(next, root, web("lab", "d")))).toBe("pool-full");
});

test("a MAC that is the host's, its gateway's or a peer's is no machine's; one that a hypervisor gave may have been on the LAN", async () => {
  const { machine, service } = await running(lab("reach: nat"));
  const peer = (mac: string, address: string, on = "eth0") => {
    if (!isMac(mac)) throw new Error(mac);
    return { mac, address: parseIpv4(address), interface: interfaceName(on) };
  };
  machine.state.peers = [
    peer("52:54:00:aa:00:01", "198.51.100.1"),
    peer("02:00:00:aa:00:02", "198.51.100.7"),
    peer("52:54:00:aa:00:03", "198.51.100.8"),
    peer("02:00:00:aa:00:04", "192.168.194.9", "vswitch0"),
  ];
  const outcomes: Record<string, string> = {};
  const macs = ["52:54:00:00:00:01", ...machine.state.peers.map(({ mac }) => mac)];
  for (const [index, mac] of macs.entries()) {
    outcomes[mac] = await outcomeOf(createPort(service, root, { ...web("lab", `m${index}`), mac }));
  }
  expect(outcomes).toEqual({
    "52:54:00:00:00:01": "mac-elsewhere",
    "52:54:00:aa:00:01": "mac-elsewhere",
    "02:00:00:aa:00:02": "mac-elsewhere",
    "52:54:00:aa:00:03": "done",
    "02:00:00:aa:00:04": "done",
  });
});
