/** Machines with addresses of the LAN segment: its peers know nothing of us, and no route is added anywhere. */
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../room/processes.ts";
import { Guest, reaches } from "./guest.ts";
import { lan } from "./host-script.ts";
import { link } from "./kernel.ts";
import { Stage } from "./stage.ts";

setDefaultTimeout(60_000);

let host: Stage;
const guests = new Map<string, Guest>();
const peer = { at: "peer" };

beforeEach(async () => {
  host = await Stage.open();
  for (const name of ["web", "db"]) {
    const { port } = await host.call("CreatePort", { network: "lab", name, kind: "lxc" });
    guests.set(name, await Guest.plug(host, name, port.mac));
  }
});
afterEach(() => host.destroy());

function guest(name: string): Guest {
  const found = guests.get(name);
  if (found === undefined) throw new Error(name);
  return found;
}

async function set(...settings: readonly string[]): Promise<void> {
  const { code, stderr } = await host.cli(["network", "set", "lab", ...settings]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
}

const pool = "pool=198.51.100.50-198.51.100.53";

test("a peer that was told nothing reaches a machine, and is reached by it, under its own address", async () => {
  await set("reach=proxy-arp", pool);
  const { address, said } = await guest("web").dhcp();
  expect(address).toBe("198.51.100.50");
  expect(said).toContain(`router=${lan.host} dns=192.168.194.1`);
  expect(await host.must("ip route", peer)).not.toContain("192.168.194");
  expect(await reaches(host, peer, address)).toBe(true);
  expect(await reaches(host, { at: "web" }, lan.peer)).toBe(true);
  expect(await reaches(host, { at: "web" }, lan.server)).toBe(true);
  expect(await reaches(host, { at: "web" }, lan.host)).toBe(true);
  expect(await reaches(host, {}, address)).toBe(true);
  // Who speaks to the machine is seen as who it is.
  const served = host.sh("timeout 8 socat TCP-LISTEN:4711,reuseaddr SYSTEM:'echo $SOCAT_PEERADDR'", { at: "web" });
  await host.listens("tcp", "4711", { at: "web" });
  const said2 = await host.sh(`socat -t2 - TCP:${address}:4711,connect-timeout=2 </dev/null`, peer);
  await served;
  expect(said2.stdout.trim()).toBe(lan.peer);
});

test("machines reach each other directly, and the LAN sees the host's MAC alone", async () => {
  await set("reach=proxy-arp", pool);
  for (const name of ["web", "db"]) await guest(name).dhcp();
  expect(await reaches(host, { at: "web" }, "198.51.100.51")).toBe(true);
  const { stdout } = await guest("web").sh("ip neigh show 198.51.100.51");
  expect(stdout).toContain((await host.must("ip -n db -br link show eth0")).split(/\s+/)[2] ?? "?");
  await reaches(host, peer, "198.51.100.50");
  await reaches(host, peer, "198.51.100.51");
  const seen = await host.must("ip neigh show dev eth0", peer);
  const { address: mac } = await link(host, "eth0");
  const macs = [...seen.matchAll(/^(198\.51\.100\.\d+) lladdr (\S+)/gm)].map(([, , one]) => one);
  expect(macs.length).toBeGreaterThan(2);
  expect(new Set(macs)).toEqual(new Set([mac]));
});

test("a guest that nobody knows keeps an address of the switch, and gets out translated", async () => {
  await set("reach=proxy-arp", pool);
  const stranger = await Guest.plug(host, "stranger", "02:12:34:56:78:9a");
  const { address } = await stranger.dhcp();
  expect(address).toMatch(/^192\.168\.194\./);
  expect(await reaches(host, { at: "stranger" }, lan.peer)).toBe(true);
});

test("an address of the LAN that no machine was given is heard by nobody there", async () => {
  await set("reach=proxy-arp", pool);
  await guest("web").dhcp();
  await guest("web").sh("ip address add 198.51.100.77/24 dev eth0");
  expect((await guest("web").sh(`ping -c 1 -W 1 -I 198.51.100.77 ${lan.peer}`)).code).not.toBe(0);
  expect(await reaches(host, peer, "198.51.100.77")).toBe(false);
});

test("back to nat nothing of it is left, and names follow both ways", async () => {
  const before = await host.must("ip route; ip neigh show proxy; sysctl net.ipv4.conf.vswitch0.proxy_arp");
  await set("reach=proxy-arp", pool);
  expect(await guest("db").resolve("web.lab.internal")).toEqual([]);
  await guest("web").dhcp();
  expect(await guest("web").resolve("web.lab.internal")).toEqual(["198.51.100.50"]);
  expect(await host.planCode()).toBe(0);
  await set("reach=nat");
  expect(await host.must("ip route; ip neigh show proxy; sysctl net.ipv4.conf.vswitch0.proxy_arp")).toBe(before);
  expect((await guest("web").dhcp()).address).toBe("192.168.194.10");
});

test("stopped and started, and after a repair, it is as before", async () => {
  await set("reach=proxy-arp", pool);
  await guest("web").dhcp();
  const before = await host.must("ip route; ip neigh show proxy");
  expect((await host.cli(["network", "stop"])).stderr).toBe("");
  expect(await host.must("ip neigh show proxy")).toBe("");
  expect((await host.cli(["network", "start"])).stderr).toBe("");
  expect(await host.must("ip route; ip neigh show proxy")).toBe(before);
  await host.must("ip route del 198.51.100.50; ip neigh del proxy 198.51.100.51 dev eth0");
  await until("the repair", async () => (await host.planCode()) === 0 || undefined, 15_000);
  expect(await reaches(host, peer, "198.51.100.50")).toBe(true);
});

test("auto is proxy-arp where the pool fits, and nat where it does not", async () => {
  await set("reach=auto");
  const shown = async () => JSON.parse(await host.must("tarr-steps network show lab --json")) as Record<string, string>;
  expect(await shown()).toMatchObject({ reach: "nat", wanted: "auto", why: "no-pool" });
  await set(pool);
  expect(await shown()).toMatchObject({ reach: "proxy-arp", why: "pool" });
  await set("pool=192.0.2.50-192.0.2.60");
  expect(await shown()).toMatchObject({ reach: "nat", why: "pool-elsewhere" });
});

test("a pool that cannot be is refused, and nothing changed", async () => {
  const refused = async (...settings: readonly string[]) => {
    const { code, stderr } = await host.cli(["network", "set", "lab", "reach=proxy-arp", ...settings]);
    return `${code} ${stderr.replace("tarr-steps: ", "").split("\n")[0] ?? ""}`;
  };
  expect(await refused()).toContain("64 The reach proxy-arp needs a pool");
  expect(await refused("pool=192.0.2.50-192.0.2.60")).toMatch(/^64 The pool 192.0.2.50-192.0.2.60 is in no subnet/);
  expect(await refused("pool=198.51.100.5-198.51.100.15")).toMatch(/^64 .* holds 198.51.100.10, which is eth0/);
  expect(await refused("pool=198.51.100.1-198.51.100.5")).toMatch(/^64 .* holds 198.51.100.1, which is gateway/);
  expect(await refused("uplink=eth7", pool)).toContain("1 This computer has no LAN segment");
  expect(await host.read("/etc/tarr-steps/tarr-steps.yaml")).not.toContain("reach: proxy-arp");
  expect(await host.planCode()).toBe(0);
});

test("an address that a peer uses is never given, and one that a peer takes later is told within 10 s", async () => {
  await host.must("ip address add 198.51.100.50/24 dev eth0", peer);
  await set("reach=proxy-arp", pool);
  expect((await guest("web").dhcp()).address).toBe("198.51.100.51");
  await host.must("ip address add 198.51.100.51/24 dev eth0", peer);
  const mac = (await host.must("cat /sys/class/net/eth0/address", peer)).trim();
  const told = async () => (await host.cli(["status"])).stdout.includes(`198.51.100.51 is also used by ${mac}`);
  await until("the rival", async () => (await told()) || undefined, 10_000);
  const { stdout } = await host.cli(["doctor"]);
  expect(stdout).toContain(`198.51.100.51 of web is also used by ${mac}`);
});

test("who asks before taking a machine's address is told that it is taken", async () => {
  await set("reach=proxy-arp", pool);
  // arping's duplicate address detection: 0 when nobody answers.
  const asks = () => host.sh("busybox arping -D -c 2 -w 3 -I eth0 198.51.100.50", peer);
  await until("the guard", async () => (await asks()).code !== 0 || undefined, 10_000);
});

test("a pool of hundreds is not asked for as a whole, and who has its first addresses keeps them", async () => {
  await host.must("for n in $(seq 20 27); do ip address add 198.51.100.$n/24 dev eth0; done", peer);
  const before = performance.now();
  await set("reach=proxy-arp", "pool=198.51.100.20-198.51.100.254");
  const { port } = await host.call("CreatePort", { network: "lab", name: "one-more", kind: "lxc" });
  expect(Number(port.reserved.split(".")[3])).toBeGreaterThanOrEqual(28);
  expect(performance.now() - before).toBeLessThan(12_000);
});

test("when the uplink's link was away, the LAN is told again who answers for the machines", async () => {
  await set("reach=proxy-arp", pool);
  const { address } = await guest("web").dhcp();
  const { address: mac } = await link(host, "eth0");
  const known = async () => / lladdr (\S+)/.exec(await host.must(`ip neigh show ${address}`, peer))?.[1];
  // As a switch or a peer of another room knows it: somebody else's. The first announcements are over by then.
  await Bun.sleep(2_000);
  await host.must(`ip neigh replace ${address} lladdr 02:00:00:00:00:66 nud stale dev eth0`, peer);
  await Bun.sleep(2_000);
  expect(await known()).toBe("02:00:00:00:00:66");
  // The peer forgets it with its own link, and takes it again from who says it unasked.
  await host.must("echo 1 >/proc/sys/net/ipv4/conf/eth0/arp_accept", peer);
  await host.must("ip link set eth0 down; sleep 1; ip link set eth0 up");
  await until("the announcement", async () => (await known()) === mac || undefined);
});
