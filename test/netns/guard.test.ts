/** What guests may speak as: nobody takes another user's place on the switch, or the switch's own. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Guest, reaches } from "./guest.ts";
import { until } from "../room/processes.ts";
import { link } from "./kernel.ts";
import { Stage, users } from "./stage.ts";

setDefaultTimeout(60_000);

let host: Stage;
/** A virtual machine and a container of one user's, and a container of another's. */
let vm: Guest;
let container: Guest;
let stranger: Guest;
let [vmAddress, vmMac] = ["", ""];

beforeAll(async () => {
  host = await Stage.open();
  const { port } = await host.as("etu", "CreatePort", { network: "lab", name: "vm", kind: "qemu" });
  [vmAddress, vmMac] = [port.reserved, port.mac];
  vm = await Guest.open(host, "vm", port);
  const own = await host.as("etu", "CreatePort", { network: "lab", name: "box", kind: "lxc" });
  container = await Guest.plug(host, "box", { mac: own.port.mac, device: `veth${users.etu}_abcd` });
  const other = await host.as("eve", "CreatePort", { network: "lab", name: "evil", kind: "lxc" });
  stranger = await Guest.plug(host, "evil", { mac: other.port.mac, device: `veth${users.eve}_abcd` });
  for (const guest of [vm, container, stranger]) await guest.dhcp();
});
afterAll(() => host.destroy());

/** Whether the guest is answered when it speaks as this address. */
async function passesAs(guest: Guest, address: string): Promise<boolean> {
  await guest.sh(`ip address add ${address}/24 dev eth0`);
  const { code } = await guest.sh(`ping -c 1 -W 1 -I ${address} 192.168.194.1`);
  await guest.sh(`ip address delete ${address}/24 dev eth0`);
  return code === 0;
}

test("all reach the host and each other as themselves", async () => {
  expect(await reaches(host, { at: "box" }, vmAddress)).toBe(true);
  expect(await reaches(host, { at: "evil" }, vmAddress)).toBe(true);
  expect(await reaches(host, {}, vmAddress)).toBe(true);
});

test("a free address may be given by hand", async () => {
  expect(await passesAs(stranger, "192.168.194.9")).toBe(true);
});

test("another user's address is not answered, and who has it keeps it", async () => {
  expect(await passesAs(stranger, vmAddress)).toBe(false);
  await host.sh("ip neigh flush all");
  expect(await reaches(host, {}, vmAddress)).toBe(true);
  expect(await host.must(`ip neigh show ${vmAddress}`)).toContain(vmMac);
});

/** Which MAC the host holds for an address after the guest claimed it by ARP. */
async function claimed(guest: Guest, address: string): Promise<string> {
  await guest.sh(`ip address add ${address}/32 dev eth0`);
  await guest.sh(`busybox arping -U -c 1 -w 1 -I eth0 -s ${address} ${address}`);
  await guest.sh(`ip address delete ${address}/32 dev eth0`);
  return host.must(`ip neigh show ${address}`);
}

test("a claim of another user's address by ARP changes nobody's mind", async () => {
  const [free, someone] = ["192.168.194.7", "02:00:00:00:00:99"];
  await host.must(`ip neigh replace ${free} lladdr ${someone} dev vswitch0 nud stale`);
  expect(await claimed(stranger, free)).not.toContain(someone);
  await reaches(host, {}, vmAddress);
  expect(await claimed(stranger, vmAddress)).toContain(vmMac);
});

test("nor does one in tags around it, which the receiver takes off and the rules do not see through", async () => {
  const someone = "02:00:00:00:00:98";
  await host.must(`ip neigh replace ${vmAddress} lladdr ${someone} dev vswitch0 nud stale`);
  const own = (await stranger.sh("cat /sys/class/net/eth0/address")).stdout.trim().replaceAll(":", "");
  const address = vmAddress
    .split(".")
    .map((part) => Number(part).toString(16).padStart(2, "0"))
    .join("");
  const arp = `08060001080006040001${own}${address}ffffffffffff${address}`;
  for (const tags of ["8100000081000000", "88a8000081000000", "810000008100000081000000"]) {
    const frame = `ffffffffffff${own}${tags}${arp}`.replaceAll(/../g, String.raw`\x$&`);
    await stranger.sh(`busybox printf '${frame}' | socat -u STDIN INTERFACE:eth0`);
  }
  await Bun.sleep(200);
  expect(await host.must(`ip neigh show ${vmAddress}`)).toContain(someone);
  await host.sh("ip neigh flush all");
});

test("a user's other machine may take the address over", async () => {
  // Not while the first has it: two that answer is no business of the switch's.
  await vm.sh("ip link set eth0 down");
  await host.sh("ip neigh flush all");
  expect(await passesAs(container, vmAddress)).toBe(true);
  await vm.sh("ip link set eth0 up; ip route replace default via 192.168.194.1");
});

test("the switch's own address is nobody's", async () => {
  const { address } = await link(host, "vswitch0");
  await container.sh("ip neigh flush all; ping -c 1 -W 1 192.168.194.1");
  await claimed(stranger, "192.168.194.1");
  expect((await container.sh("ip neigh show 192.168.194.1")).stdout).toContain(address);
});

test("another user's MAC does not pass", async () => {
  const { stdout } = await stranger.sh("cat /sys/class/net/eth0/address");
  await stranger.sh(`ip link set eth0 address ${vmMac}; ip address add 192.168.194.8/24 dev eth0`);
  expect(await reaches(host, { at: "evil" }, "192.168.194.1")).toBe(false);
  await stranger.sh(`ip link set eth0 address ${stdout.trim()}; ip address delete 192.168.194.8/24 dev eth0`);
  expect(await reaches(host, { at: "evil" }, "192.168.194.1")).toBe(true);
});

test("a port list tells the container's own interface, and that it is up", async () => {
  const { ports } = await host.call("ListPorts", {});
  const box = ports.find((port) => port.name === "box");
  expect(box).toMatchObject({ interface: `veth${users.etu}_abcd`, state: "up", address: box?.reserved });
});

test("a container that a deleted switch lost is plugged in again with the switch", async () => {
  await host.must("ip link delete vswitch0");
  const back = async () => (await host.planCode()) === 0 || undefined;
  await until("the repair", back, 10_000);
  expect((await link(host, `veth${users.etu}_abcd`)).master).toBe("vswitch0");
  expect(await reaches(host, { at: "box" }, "192.168.194.1")).toBe(true);
  // What left by itself stays away.
  await host.must(`ip link set veth${users.eve}_abcd nomaster`);
  await Bun.sleep(500);
  await host.must("ip link delete vswitch0");
  await until("the repair", back, 10_000);
  expect((await link(host, `veth${users.eve}_abcd`)).master).toBeUndefined();
});
