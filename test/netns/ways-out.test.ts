/** Machines reach whatever the host reaches: by a second network card, by a VPN, by another routing table. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../room/processes.ts";
import { Guest, reaches } from "./guest.ts";
import { lan } from "./host-script.ts";
import { forwards } from "./kernel.ts";
import { Stage } from "./stage.ts";

setDefaultTimeout(60_000);

/** A server behind a second card, one behind a tunnel whose routes are in a table of their own, as wg-quick makes them. */
const second = `ip netns add lab2; ip link add eth1 type veth peer name eth0 netns lab2
  ip address add 10.77.0.1/24 dev eth1; ip link set eth1 up
  ip -n lab2 address add 10.77.0.2/24 dev eth0; ip -n lab2 link set eth0 up; ip -n lab2 link set lo up`;
const tunnel = `ip netns add far; ip link add wg0 type veth peer name eth0 netns far
  ip address add 10.99.0.1/32 dev wg0; ip link set wg0 up
  ip -n far address add 10.99.0.2/24 dev eth0; ip -n far link set eth0 up
  ip -n far link set lo up; ip -n far address add 10.98.0.1/32 dev lo
  ip -n far route add 10.99.0.1/32 dev eth0
  ip route add 10.98.0.0/16 dev wg0 table 51820; ip rule add to 10.98.0.0/16 table 51820
  ip -n far neigh add 10.99.0.1 lladdr $(cat /sys/class/net/wg0/address) dev eth0 nud permanent
  ip neigh add 10.98.0.1 lladdr $(ip netns exec far cat /sys/class/net/eth0/address) dev wg0 nud permanent`;

let host: Stage;
let web: Guest;
beforeAll(async () => {
  host = await Stage.open({ before: `${second}\n${tunnel}` });
  web = await Guest.plug(host, "web", "52:54:00:00:00:05");
  await web.dhcp();
});
afterAll(() => host.destroy());

const fromWeb = (to: string) => reaches(host, { at: "web" }, to);
const set = (...settings: readonly string[]) => host.cli(["network", "set", "lab", ...settings], { user: "prof" });

test("in nat a machine reaches what is behind each interface, also by a table of its own", async () => {
  for (const to of ["10.77.0.2", "10.98.0.1", lan.server]) {
    expect({ to, host: await reaches(host, {}, to), web: await fromWeb(to) }).toEqual({ to, host: true, web: true });
  }
  expect(await host.planCode()).toBe(0);
});

test("an interface that comes later is a way too, and one that goes is none", async () => {
  await host.must(`ip netns add late; ip link add eth7 type veth peer name eth0 netns late
    ip -n late address add 10.66.0.2/24 dev eth0; ip -n late link set eth0 up
    ip address add 10.66.0.1/24 dev eth7; ip link set eth7 up`);
  await until("the way", async () => (await fromWeb("10.66.0.2")) || undefined, 15_000);
  await host.must("ip link delete eth7");
  await until("the plan", async () => (await host.planCode()) === 0 || undefined, 15_000);
});

test("the host is no router between its own networks for it", async () => {
  await host.must("ip -n lab2 route add default via 10.77.0.1; ip -n peer route add 10.77.0.0/24 via 198.51.100.10");
  expect(await forwards(host, "eth1")).toBe(true);
  expect(await reaches(host, { at: "lab2" }, lan.peer)).toBe(false);
  expect(await reaches(host, { at: "peer" }, "10.77.0.2")).toBe(false);
});

test("but stays one where somebody made it one", async () => {
  await host.must("echo 1 >/proc/sys/net/ipv4/ip_forward");
  const routes = async () => (await reaches(host, { at: "lab2" }, lan.peer)) || undefined;
  await until("the host to route again", routes, 15_000);
  await host.must("echo 0 >/proc/sys/net/ipv4/ip_forward");
  await until("the plan", async () => (await host.planCode()) === 0 || undefined, 15_000);
  expect(await fromWeb("10.77.0.2")).toBe(true);
  expect(await reaches(host, { at: "lab2" }, lan.peer)).toBe(false);
});

test("the doctor names an interface that does not forward, and isolated machines reach nothing by any", async () => {
  expect((await set("reach=isolated")).code).toBe(0);
  for (const to of ["10.77.0.2", "10.98.0.1", lan.server]) expect(await fromWeb(to)).toBe(false);
  expect([await forwards(host, "eth0"), await forwards(host, "eth1"), await forwards(host, "wg0")]).toEqual([
    false,
    false,
    false,
  ]);
  expect((await set("reach=nat")).code).toBe(0);
  await host.stop();
  await host.must("echo 0 >/proc/sys/net/ipv4/conf/eth1/forwarding");
  await host.start();
  expect(await fromWeb("10.77.0.2")).toBe(true);
});

test("the doctor asks behind each interface as a machine would, and names what stands in the way", async () => {
  // Whom the host has spoken with is known to be there.
  expect(await reaches(host, {}, "10.77.0.2")).toBe(true);
  const behind = async () => {
    const { checks } = await host.call("Diagnose", {});
    const found = checks.find(({ id, values }) => id === "probe-way" && values["gateway"] === "10.77.0.2");
    return found?.values["cause"] ?? found?.status;
  };
  expect(await behind()).toBe("pass");
  await host.must(`nft 'add table ip mine; add chain ip mine pass { type filter hook forward priority 5; }
    add rule ip mine pass iifname eth1 counter drop'`);
  expect(await behind()).toBe("firewall-out");
  const { stdout } = await host.cli(["doctor"]);
  expect(stdout).toContain("A machine on lab would not reach 10.77.0.2, which is behind eth1: ");
  await host.must("nft delete table ip mine");
  expect(await behind()).toBe("pass");
});
