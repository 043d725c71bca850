/** Leases of the LAN's DHCP server over time: a server and a clock that do as they are told. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LanDhcp, LanLeases } from "../../src/daemon/lan-leases.ts";
import { lanLeases } from "../../src/daemon/lan-leases.ts";
import { TarrError } from "../../src/error.ts";
import type { LanLease } from "../../src/host/lan-dhcp/client.ts";
import { readMac } from "../../src/host/packet/bytes.ts";
import type { Ipv4 } from "../../src/model/address.ts";
import { parseIpv4, parseSwitchAddress, subnetOf } from "../../src/model/address.ts";
import { interfaceName, isPortId, parseMachineName, parseNetworkName } from "../../src/model/names.ts";
import type { Port } from "../../src/model/port.ts";
import { interfaceOf } from "../../src/model/port.ts";

const own = parseSwitchAddress("198.51.100.10/24");
const place = { uplink: interfaceName("eth0"), host: own.address, subnet: subnetOf(own) };

function port(name: string): Port {
  const id = name.repeat(6);
  if (!isPortId(id)) throw new Error(id);
  const mac = readMac(Uint8Array.of(0x52, 0x54, 0, 0, 0, name.charCodeAt(0)));
  const fixed = { network: parseNetworkName("lab"), kind: "qemu", host: 10, lan: null, owner: 1000 } as const;
  return { ...fixed, id, mac, name: parseMachineName(`vm-${name}`), interface: interfaceOf(id) };
}
const [a, b] = [port("a"), port("b")];
const always = () => true;

/** The server: what it says, and what was said to it. */
const server = { mode: "well" as "well" | "silent" | "refuses", next: 50, said: [] as string[] };
let now = 0;
let changes = 0;
let folder = "";
let opened: LanLeases[] = [];

const lease = (address: Ipv4): LanLease => ({
  address,
  server: parseIpv4("198.51.100.1"),
  serverMac: a.mac,
  asked: "card",
  seconds: 600,
  renewAfter: 300,
  rebindAfter: 525,
});

const dhcp: LanDhcp = {
  acquire: (_, { name }, { before, patience }) => {
    server.said.push(`acquire ${name} ${before ?? "-"} ${patience ?? 0}`);
    if (server.mode === "silent") return Promise.reject(new TarrError("lan-dhcp-silent", { interface: "eth0" }));
    server.next += 1;
    return Promise.resolve(lease(before ?? parseIpv4(`198.51.100.${server.next}`)));
  },
  renew: ({ machine, everybody }, old) => {
    server.said.push(`${everybody ? "rebind" : "renew"} ${machine.name}`);
    if (server.mode === "silent") return Promise.resolve({ outcome: "silent" });
    return Promise.resolve(server.mode === "well" ? { outcome: "renewed", lease: old } : { outcome: "lost" });
  },
  release: (_, { name }) => void server.said.push(`release ${name}`),
  macOf: () => Promise.resolve(a.mac),
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tarr-steps-test-"));
  Object.assign(server, { mode: "well", next: 50, said: [] });
  [now, changes, opened] = [1_000_000_000, 0, []];
});
afterEach(async () => {
  for (const one of opened) one.close();
  await rm(folder, { recursive: true });
});

function open(): LanLeases {
  const folders = { state: folder, runtime: folder, document: join(folder, "document") };
  const leases = lanLeases({ folders, dhcp, onChange: () => (changes += 1), now: () => now });
  opened.push(leases);
  return leases;
}

async function after(seconds: number, leases: LanLeases): Promise<readonly string[]> {
  server.said = [];
  now += seconds * 1_000;
  await leases.look();
  return server.said;
}

test("a lease is had once, and renewed at half its time", async () => {
  const leases = open();
  const first = await leases.lease(place, [a], always);
  expect(Object.fromEntries(first)).toEqual({ [a.id]: parseIpv4("198.51.100.51") });
  expect(await leases.lease(place, [a], always)).toEqual(first);
  expect(server.said).toEqual(["acquire vm-a - 10000"]);
  expect(await after(299, leases)).toEqual([]);
  expect(await after(1, leases)).toEqual(["renew vm-a"]);
  expect(await after(299, leases)).toEqual([]);
  expect(await after(1, leases)).toEqual(["renew vm-a"]);
  expect(changes).toBe(0);
});

test("a server that is silent is asked again after half of what remains, then all are, and then it is lost", async () => {
  const leases = open();
  await leases.lease(place, [a], always);
  server.mode = "silent";
  const asked: [number, string][] = [];
  for (let second = 5; second <= 660; second += 5) {
    for (const what of await after(5, leases)) asked.push([second, what]);
  }
  expect(asked).toEqual([
    [300, "renew vm-a"],
    [415, "renew vm-a"],
    [475, "renew vm-a"],
    [535, "rebind vm-a"],
    [595, "rebind vm-a"],
    [600, "acquire vm-a 198.51.100.51 10000"],
    [660, "acquire vm-a 198.51.100.51 10000"],
  ]);
  expect(changes).toBe(1);
  expect([...(await leases.lease(place, [a], always))]).toEqual([]);
  server.mode = "well";
  expect(await after(60, leases)).toEqual(["acquire vm-a 198.51.100.51 10000"]);
  expect(changes).toBe(2);
  expect([...(await leases.lease(place, [a], always)).values()]).toEqual([parseIpv4("198.51.100.51")]);
});

test("a lease that is refused is lost at once, and another one had before anybody is told", async () => {
  const leases = open();
  await leases.lease(place, [a], always);
  server.mode = "refuses";
  expect(await after(300, leases)).toEqual(["renew vm-a", "acquire vm-a 198.51.100.51 10000"]);
  expect(changes).toBe(1);
});

test("after a restart leases count, and are asked for anew at the first look", async () => {
  const first = await open().lease(place, [a, b], always);
  const leases = open();
  server.said = [];
  expect(await leases.lease(place, [a, b], always)).toEqual(first);
  expect(server.said).toEqual([]);
  expect(await after(5, leases)).toEqual(["renew vm-a", "renew vm-b"]);
});

test("after a long sleep a lease that ended is asked for again, not long, and its port kept without", async () => {
  await open().lease(place, [a], always);
  now += 700_000;
  server.mode = "silent";
  const leases = open();
  server.said = [];
  expect([...(await leases.lease(place, [a], always))]).toEqual([]);
  expect(server.said).toEqual(["acquire vm-a 198.51.100.51 5000"]);
});

test("a new port is refused with what the server did, and leaves nothing over", async () => {
  const leases = open();
  await leases.lease(place, [a], always);
  server.mode = "silent";
  await expect(leases.lease(place, [a, b], always)).rejects.toThrow("lan-dhcp-silent");
  expect((await leases.lease(place, [a], always)).size).toBe(1);
  expect(await readFile(join(folder, "lan-leases.json"), "utf8")).not.toContain(b.id);
  expect(await after(120, leases)).toEqual([]);
});

test("a new port that nobody asked for just now is left without, and asked for by the look every minute, not each time", async () => {
  const leases = open();
  server.mode = "silent";
  const repair = async () => [...(await leases.lease(place, [a, b], () => false))];
  expect(await repair()).toEqual([]);
  expect(server.said).toEqual(["acquire vm-a - 5000", "acquire vm-b - 5000"]);
  expect(await repair()).toEqual([]);
  expect(server.said).toHaveLength(2);
  expect(await after(59, leases)).toEqual([]);
  server.mode = "well";
  expect(await after(1, leases)).toEqual(["acquire vm-a - 10000", "acquire vm-b - 10000"]);
  expect(changes).toBe(1);
  expect(await repair()).toHaveLength(2);
});

test("of many that nobody answers only the first few wait", async () => {
  const leases = open();
  const many = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"].map(port);
  await leases.lease(place, many, always);
  server.mode = "silent";
  now += 700_000;
  server.said = [];
  await leases.lease(place, many, always);
  expect(server.said).toHaveLength(4);
});

test("ports that are no more give theirs back", async () => {
  const leases = open();
  await leases.lease(place, [a, b], always);
  server.said = [];
  await leases.retain(new Set([a.id]));
  await leases.release(a.id);
  await leases.release(a.id);
  expect(server.said).toEqual(["release vm-b", "release vm-a"]);
  expect(JSON.parse(await readFile(join(folder, "lan-leases.json"), "utf8"))).toEqual({ version: 1, leases: [] });
});

test("on another LAN, or when the host takes the address itself, another one is had", async () => {
  const leases = open();
  await leases.lease(place, [a], always);
  const taken = { ...place, host: parseIpv4("198.51.100.51") };
  expect([...(await leases.lease(taken, [a], always)).values()]).not.toEqual([parseIpv4("198.51.100.51")]);
  server.said = [];
  await leases.lease({ ...place, subnet: subnetOf(parseSwitchAddress("203.0.113.1/24")) }, [a], always);
  expect(server.said).toHaveLength(1);
});

test("a file that cannot be read is begun anew", async () => {
  await writeFile(join(folder, "lan-leases.json"), '{"version": 1, "leases": [{}]}');
  expect((await open().lease(place, [a], always)).size).toBe(1);
});
