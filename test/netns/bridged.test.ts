/** reach=bridged on the real kernel: the LAN's other members and the host itself notice nothing but new machines. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../room/processes.ts";
import { among, hex, hostileFrames, udp } from "../room/hostile.ts";
import { captured, carries, lanScript, mate, probed, send } from "./bridged-lan.ts";
import { Guest, reaches } from "./guest.ts";
import { lan } from "./host-script.ts";
import { dnsmasqs, link } from "./kernel.ts";
import { codeOf, Stage } from "./stage.ts";

setDefaultTimeout(120_000);

let host: Stage;
let vm: Guest;
let container: Guest;
const macs = { vm: "", web: "" };
const addresses = { vm: "", web: "" };

beforeAll(async () => {
  host = await Stage.open({ before: lanScript });
  const { port: tap } = await host.as("etu", "CreatePort", { network: "lab", name: "vm", kind: "qemu" });
  const { port: own } = await host.as("etu", "CreatePort", { network: "lab", name: "web", kind: "lxc" });
  [macs.vm, macs.web] = [tap.mac, own.mac];
  vm = await Guest.open(host, "vm", tap);
  container = await Guest.plug(host, "web", { mac: own.mac, device: "veth3001_web" });
});
afterAll(() => host.destroy());

/** The command must succeed. */
async function cli(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await host.cli(words, { timeout: 60_000 });
  expect({ words, code, stderr }).toEqual({ words, code: 0, stderr: "" });
  return stdout;
}

async function settled(within = 15_000): Promise<void> {
  await until("the repair", async () => (await host.planCode()) === 0 || undefined, within);
}

test("only administrators may", async () => {
  const settings = [{ key: "reach", value: "bridged" }];
  const refused = host.as("etu", "SetNetwork", { network: "lab", settings, apply: true, dryRun: false });
  expect(await refused.catch(codeOf)).toBe("denied-administer");
});

test("of 1000 probes of the host none is lost when machines join the LAN", async () => {
  const answered = await probed(host, async () => {
    expect(await cli("network", "set", "lab", "reach=bridged")).toContain("tarr-steps confirm");
  });
  expect(answered).toBe("1000/1000");
  expect(await host.read("/etc/tarr-steps/tarr-steps.yaml")).not.toMatch(/^\s+reach: bridged/m);
  expect(await cli("status")).toContain("tarr-steps confirm");
  expect(await cli("confirm")).toContain("lab");
  expect(await host.read("/etc/tarr-steps/tarr-steps.yaml")).toMatch(/^\s+reach: bridged/m);
  expect(await host.planCode()).toBe(0);
});

test("machines have addresses of the LAN's own server, and ours serves nobody", async () => {
  addresses.vm = (await vm.dhcp()).address;
  addresses.web = (await container.dhcp()).address;
  for (const address of Object.values(addresses)) expect(address).toMatch(/^198\.51\.100\.1[0-5]\d$/);
  expect(await dnsmasqs(host)).toHaveLength(1);
  expect(await host.must("ss -Hlun sport = :67")).toBe("");
});

test("everybody reaches everybody: guests, the host, the LAN, the world behind the gateway", async () => {
  for (const [from, to] of [
    [{ at: "vm" }, mate],
    [{ at: "web" }, mate],
    [{ at: "vm" }, lan.server],
    [{ at: "vm" }, lan.host],
    [{ at: "web" }, lan.host],
    [{ at: "vm" }, addresses.web],
    [{ at: "mate" }, addresses.vm],
    [{ at: "mate" }, addresses.web],
    [{}, addresses.vm],
    [{}, addresses.web],
    [{}, mate],
    [{ at: "mate" }, lan.host],
  ] as const) {
    expect({ from, to, reached: await reaches(host, from, to) }).toEqual({ from, to, reached: true });
  }
});

test("20 MB by TCP arrive as they were, each way, by a tap and by a container's veth", async () => {
  type Where = { readonly at?: string; readonly address: string };
  const places: Record<string, Where> = { host: { address: lan.host }, mate: { at: "mate", address: mate } };
  const guests: Record<string, Where> = {
    vm: { at: "vm", address: addresses.vm },
    web: { at: "web", address: addresses.web },
  };
  for (const [name, guest] of Object.entries(guests)) {
    for (const [other, place] of Object.entries(places)) {
      expect({ name, other, out: await carries(host, guest, place) }).toEqual({ name, other, out: true });
      expect({ name, other, in: await carries(host, place, guest) }).toEqual({ name, other, in: true });
    }
  }
});

test("the service knows the addresses that it did not give", async () => {
  await until("the addresses", async () => {
    const { ports } = await host.call("ListPorts", {});
    return ports.every(({ address }) => address !== null) || undefined;
  });
  const { ports } = await host.call("ListPorts", {});
  expect(ports.map(({ name, address, state }) => [name, address, state])).toEqual([
    ["vm", addresses.vm, "up"],
    ["web", addresses.web, "up"],
  ]);
  expect(await host.read("/run/tarr-steps/published.json")).toContain(`"address":"${addresses.web}","name":"web"`);
  const { checks } = await host.call("Diagnose", {});
  expect(checks.filter(({ status }) => status === "fail")).toEqual([]);
});

test("doctor finds a copy of a machine on the segment, and sees none when it is gone", async () => {
  const twins = async () => (await host.call("Diagnose", {})).checks.filter(({ id }) => id === "lan-twin");
  expect((await twins()).map(({ status }) => status)).toEqual(["pass"]);
  await host.must(`ip netns add twin; ip -n twin link add eth0 address ${macs.vm} type veth peer name twin netns peer
    ip -n peer link set twin master br0 up; ip -n twin address add ${addresses.vm}/24 dev eth0; ip -n twin link set eth0 up`);
  const [found, ...others] = await twins();
  expect(others).toEqual([]);
  expect(found).toMatchObject({ status: "fail", values: { machine: "vm", mac: macs.vm, address: addresses.vm } });
  expect((await host.cli(["doctor"])).stdout).toContain(`has the MAC of vm, ${macs.vm}`);
  await host.must("ip netns delete twin");
  await until("the twin's end", async () => (await twins()).every(({ status }) => status === "pass") || undefined);
});

test("a broadcast passes once each way, and the host answers for its address once, as its NIC", async () => {
  const nic = (await link(host, "eth0")).address;
  await host.must("ip neigh flush all", { at: "mate" });
  const heard = await captured(host, { at: "mate" }, () => reaches(host, { at: "mate" }, lan.host));
  const answers = heard.filter((frame) => frame.slice(24, 28) === "0806" && frame.slice(40, 44) === "0002");
  expect(answers.map((frame) => frame.slice(12, 24))).toEqual([nic.replaceAll(":", "")]);
  const marked = "88b5 0000".replace(" ", "");
  const fromMate = `ffffffffffff 020000000020 0806 0001080006040001 020000000020 c6336414 000000000000 c6336499 ${marked}`;
  const inGuest = await captured(host, { at: "web" }, () => send(host, "mate", [fromMate]));
  expect(inGuest.filter((frame) => frame.endsWith(marked))).toHaveLength(1);
  const guestMac = macs.web.replaceAll(":", "");
  const fromGuest = `ffffffffffff ${guestMac} 0806 0001080006040001 ${guestMac} ${hex(addresses.web)} 000000000000 c6336499 ${marked}`;
  for (const [at, device] of [
    ["mate", "eth0"],
    ["vm", "eth0"],
  ] as const) {
    const seen = await captured(host, { at, device }, () => send(host, "web", [fromGuest]));
    expect({ at, times: seen.filter((frame) => frame.endsWith(marked)).length }).toEqual({ at, times: 1 });
  }
  const own = await captured(host, { at: "web" }, () => send(host, "web", [fromGuest]));
  expect(own.filter((frame) => frame.endsWith(marked))).toEqual([]);
});

test("a hostile guest brings nothing onto the LAN but itself", async () => {
  const mac = macs.web.replaceAll(":", "");
  const evil = hostileFrames({ mac, own: addresses.web, host: lan.host, gateway: lan.peer });
  const good = `ffffffffffff ${mac} ${udp(addresses.web, "12341234", "600d".repeat(16))}`;
  const seen = await captured(host, { at: "mate" }, () => send(host, "web", [...Object.values(evil), good]));
  expect(seen.filter((frame) => frame.includes("600d600d"))).toHaveLength(1);
  expect(among(evil, seen)).toEqual([]);
  // And the host itself keeps no rumour of another gateway.
  expect(await host.must(`ip neigh show ${lan.peer}`)).not.toContain(macs.web);
});

test.each([
  ["the switch is deleted", "ip link delete vswitch0"],
  ["all packet rules are flushed", "nft flush ruleset"],
  ["the filters are deleted", "tc qdisc delete dev uplink0-peer clsact"],
  ["the pair is deleted", "ip link delete uplink0"],
  ["the pair is unplugged", "ip link set uplink0 nomaster"],
  ["the pair's far end is taken down", "ip link set uplink0-peer down"],
  ["the NIC hears no others any more", "ip link set eth0 promisc off"],
  ["the switch speaks ARP", "ip link set vswitch0 arp on"],
])("%s: repaired, and guests are on the LAN again", async (_, line) => {
  await host.must(line);
  await settled();
  const back = async () =>
    ((await reaches(host, { at: "mate" }, addresses.vm)) && (await reaches(host, { at: "web" }, lan.host))) ||
    undefined;
  await until("the guests", back, 5_000);
});

test("without its rules nothing of a guest's gets onto the LAN", async () => {
  const mac = macs.web.replaceAll(":", "");
  const offer = `ffffffffffff ${mac} ${udp(addresses.web, "00430044", "beef".repeat(16))}`;
  const seen = await captured(host, { at: "mate" }, async () => {
    await host.stop({ kill: true });
    await host.must("nft flush ruleset");
    await send(host, "web", [offer]);
  });
  await host.start();
  expect(seen.filter((frame) => frame.includes("beefbeef"))).toEqual([]);
  await settled();
});

test("a NIC that goes and comes back carries the guests again", async () => {
  const { address } = await link(host, "eth0");
  await host.must("ip link delete eth0");
  await settled();
  expect((await link(host, "vswitch0")).flags).toContain("NOARP");
  await host.must(`ip link add eth0 address ${address} type veth peer name eth0 netns peer; ip -n peer link set eth0 master br0 up
    ip address add ${lan.host}/24 dev eth0; ip link set eth0 up; ip route add default via ${lan.peer}`);
  const back = async () =>
    ((await reaches(host, { at: "mate" }, addresses.vm)) && (await reaches(host, { at: "vm" }, lan.host))) || undefined;
  await until("the guests", back, 20_000);
  expect((await link(host, "eth0")).flags).toContain("PROMISC");
});

test("back to nat: no probe is lost, nobody is unplugged, and nothing is left", async () => {
  const before = await link(host, "veth3001_web");
  const answered = await probed(host, () => cli("network", "set", "lab", "reach=nat"));
  expect(answered).toBe("1000/1000");
  const after = await link(host, "veth3001_web");
  expect({ index: after.ifindex, on: after.master }).toEqual({ index: before.ifindex, on: "vswitch0" });
  expect((await link(host, "eth0")).flags).not.toContain("PROMISC");
  expect((await link(host, "vswitch0")).flags).not.toContain("NOARP");
  expect(await host.must("ip -br link")).not.toContain("uplink");
  // Addresses of the LAN are no longer theirs.
  await until(
    "them to be forgotten",
    async () => (await host.read("/run/tarr-steps/seen.json")) === "{}\n" || undefined,
  );
  expect(await host.must("nft list tables")).not.toContain("netdev");
  const { address } = await container.dhcp();
  expect(address).toMatch(/^192\.168\.194\./);
  expect(await reaches(host, { at: "web" }, lan.server)).toBe(true);
});
