/** reach=bridged on the real kernel: the LAN's other members and the host itself notice nothing but new machines. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../room/processes.ts";
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

function hex(address: string): string {
  return address
    .split(".")
    .map((part) => Number(part).toString(16).padStart(2, "0"))
    .join("");
}

/** An IPv4 packet with UDP. Its header's checksum is right: some kernels let a bridge drop others. */
function udp(source: string, ports: string, payload = "00".repeat(32)): string {
  const head = (sum: string) => `4500003c000000004011${sum}${hex(source)}ffffffff`;
  const halves = head("0000").match(/.{4}/g) ?? [];
  const total = halves.reduce((sum, half) => sum + Number.parseInt(half, 16), 0);
  const folded = (total & 0xffff) + (total >> 16);
  const sum = (~(folded + (folded >> 16)) & 0xffff).toString(16).padStart(4, "0");
  return `0800 ${head(sum)} ${ports} 0028 0000 ${payload}`;
}

/** An IPv6 packet with this ICMPv6 message from a link-local address. */
function icmp6(message: string, extension = ""): string {
  const payload = extension + message.replaceAll(" ", "");
  const length = (payload.length / 2).toString(16).padStart(4, "0");
  const next = extension === "" ? "3a" : "3c";
  return `86dd 60000000 ${length} ${next}ff fe80${"00".repeat(13)}66 ff02${"00".repeat(13)}01 ${payload}`;
}

test("a hostile guest brings nothing onto the LAN but itself", async () => {
  const mac = macs.web.replaceAll(":", "");
  const all = "ffffffffffff";
  const arp = (from: string, sender: string, address: string) =>
    `${all} ${from} 0806 0001080006040001 ${sender} ${hex(address)} 000000000000 c6336499`;
  const advertisement = `8600 0000 40 00 0708 00000000 00000000 01 01 ${mac}`;
  const options = "3a00010400000000";
  const evil: Readonly<Record<string, string>> = {
    "DHCP offer": `${all} ${mac} ${udp(addresses.web, "00430044")}`,
    "DHCPv6 server": `333300010002 ${mac} 86dd 60000000 0010 11ff fe80${"00".repeat(13)}66 ff02${"00".repeat(13)}01 02230222 0010 0000 ${"00".repeat(8)}`,
    "router advertisement": `333300000001 ${mac} ${icmp6(advertisement)}`,
    "router advertisement behind an extension header": `333300000001 ${mac} ${icmp6(advertisement, options)}`,
    "redirect of IPv6": `333300000001 ${mac} ${icmp6(`8900 0000 00000000 ${"00".repeat(32)}`)}`,
    "neighbour that says it is a router": `333300000001 ${mac} ${icmp6(`8800 0000 a0000000 ${"00".repeat(16)}`)}`,
    "spanning tree": `0180c2000000 ${mac} 0026 424203 ${"00".repeat(35)}`,
    "802.1X": `0180c2000003 ${mac} 888e 01010000 ${"00".repeat(42)}`,
    "link layer discovery": `0180c200000e ${mac} 88cc ${"00".repeat(46)}`,
    "PPPoE discovery": `${all} ${mac} 8863 11090000 ${"00".repeat(42)}`,
    "another VLAN": `${all} ${mac} 8100 000a 0806 ${"00".repeat(46)}`,
    "a VLAN in a VLAN": `${all} ${mac} 88a8 000a 8100 000a 0806 ${"00".repeat(42)}`,
    "another MAC": `${all} 020000000666 ${udp(addresses.web, "12341234")}`,
    "another subnet's address": `${all} ${mac} ${udp("203.0.113.66", "12341234")}`,
    "the host's address": `${all} ${mac} ${udp(lan.host, "12341234")}`,
    "the gateway's address": `${all} ${mac} ${udp(lan.peer, "12341234")}`,
    "nobody's address": `${all} ${mac} ${udp("0.0.0.0", "12341234")}`,
    "ARP as the host": arp(mac, mac, lan.host),
    "ARP as the gateway": arp(mac, mac, lan.peer),
    "ARP as another subnet": arp(mac, mac, "203.0.113.66"),
    "ARP as another MAC": arp("020000000666", "020000000666", addresses.web),
  };
  const good = `${all} ${mac} ${udp(addresses.web, "12341234", "600d".repeat(16))}`;
  const seen = await captured(host, { at: "mate" }, () => send(host, "web", [...Object.values(evil), good]));
  expect(seen.filter((frame) => frame.includes("600d600d"))).toHaveLength(1);
  const plain = (frame: string) => frame.replaceAll(/[^0-9a-f]/g, "");
  const passed = Object.entries(evil).filter(([, frame]) => seen.some((one) => one.startsWith(plain(frame))));
  expect(passed.map(([name]) => name)).toEqual([]);
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
