import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../room/processes.ts";
import { Guest } from "./guest.ts";
import { dnsmasqs, link, picture, repaired } from "./kernel.ts";
import { Stage } from "./stage.ts";

setDefaultTimeout(60_000);

let host: Stage;
beforeEach(async () => {
  host = await Stage.open();
  await watching();
});
afterEach(() => host.destroy());

/** Changes are noticed from here on. */
async function watching(): Promise<void> {
  const both = async () => (await host.must("ps -eo args=")).match(/^(ip|nft) monitor/gm)?.length === 2 || undefined;
  await until("the service to watch the host", both);
}

/** Without what a thing made anew has of its own: its index, and a process's id. */
async function pictured(): Promise<string> {
  const [links, rules, forwarding] = JSON.parse(await picture(host)) as [{ ifname: string }[], string, string];
  const comparable = links
    .map((one) => ({ ...one, ifindex: 0, address: one.ifname === "vswitch0" && "address" in one ? one.address : "" }))
    .sort((one, other) => (one.ifname < other.ifname ? -1 : 1));
  return JSON.stringify([comparable, rules, forwarding], null, 1);
}

test.each([
  ["the switch is deleted", "ip link delete vswitch0"],
  ["the switch's address is flushed", "ip address flush dev vswitch0"],
  ["the switch gets an address more", "ip address add 10.66.0.1/24 dev vswitch0"],
  ["the switch is taken down", "ip link set vswitch0 down"],
  ["the switch's MTU is changed", "ip link set vswitch0 mtu 1280"],
  ["the switch's MAC is changed", "ip link set vswitch0 address 02:00:00:00:00:01"],
  ["tap0 is moved to another bridge", "ip link add br9 type bridge; ip link set tap0 master br9; ip link delete br9"],
  ["tap0 is unplugged", "ip link set tap0 nomaster"],
  ["tap0 is deleted", "ip link delete tap0"],
  ["the carrier's port is deleted", "ip link delete carrier0"],
  ["the carrier's far end is taken down", "ip link set carrier0-peer down"],
  ["all packet rules are flushed", "nft flush ruleset"],
  ["a rule is put into our table", "nft add rule inet tarr_steps forward drop"],
  ["a rule of ours is deleted", "nft flush chain inet tarr_steps postrouting"],
  ["forwarding is switched off", "echo 0 >/proc/sys/net/ipv4/conf/vswitch0/forwarding"],
  [
    "forwarding is switched off everywhere",
    "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv4/ip_forward",
  ],
])("%s: all is as before within seconds", async (_, line) => {
  const before = await pictured();
  await repaired(host, line, 5_000);
  expect(await pictured()).toBe(before);
});

test("tap0 on another's bridge that stays is brought back, and the bridge left", async () => {
  await repaired(host, "ip link add br9 type bridge; ip link set tap0 master br9", 5_000);
  expect((await link(host, "tap0")).master).toBe("vswitch0");
  expect((await link(host, "br9")).group).toBe("default");
});

test("a dnsmasq that is killed is back, and still knows who has which address", async () => {
  const { port } = await host.call("CreatePort", { network: "lab", name: "web", kind: "lxc" });
  const guest = await Guest.plug(host, "web", port.mac);
  expect((await guest.dhcp()).address).toBe(port.reserved);
  const [before] = await dnsmasqs(host);
  // No event tells of it here; systemd's unit would start it within 100 ms.
  await repaired(host, `kill -KILL ${before ?? "none"}`, 15_000);
  expect(await dnsmasqs(host)).toHaveLength(1);
  expect((await guest.dhcp()).address).toBe(port.reserved);
});

test("a deleted switch comes back with its ports, and a guest by a tap goes on as it was", async () => {
  const { port } = await host.as("etu", "CreatePort", { network: "lab", name: "vm", kind: "qemu" });
  const guest = await Guest.open(host, "vm", port);
  await guest.dhcp();
  await repaired(host, "ip link delete vswitch0", 5_000);
  const answered = async () => (await guest.sh("ping -c 1 -W 1 192.168.194.1")).code === 0 || undefined;
  await until("the guest to reach the host", answered, 5_000);
});

test("tables of others are left alone", async () => {
  await host.must("nft add table inet mine; nft add chain inet mine c");
  await repaired(host, "ip link delete vswitch0", 5_000);
  expect(await host.must("nft list ruleset")).toContain("table inet mine");
});

test("who keeps undoing it is not fought for ever", async () => {
  for (let round = 0; round < 12; round += 1) {
    await host.must("ip link set tap0 nomaster");
    await Bun.sleep(350);
  }
  expect(host.said).toContain("repairs pause");
  const repairs = () => host.said.match(/step plug tap0/g)?.length ?? 0;
  const before = repairs();
  await host.must("ip link set tap0 nomaster");
  await Bun.sleep(700);
  expect(repairs()).toBe(before);
  expect(before).toBeLessThanOrEqual(11);
});
