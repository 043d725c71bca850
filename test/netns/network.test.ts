import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import type { WireNetwork, WireStep } from "../../src/api/types.ts";
import { addresses, dnsmasqs, forwards, hasCarrier, link, linkNames, picture, rules, tables } from "./kernel.ts";
import { until } from "../room/processes.ts";
import { codeOf, Stage } from "./stage.ts";

setDefaultTimeout(60_000);

let stage: Stage | null = null;
async function open(plan: Parameters<typeof Stage.open>[0] = {}): Promise<Stage> {
  stage = await Stage.open(plan);
  return stage;
}
afterEach(async () => {
  await stage?.destroy();
  stage = null;
});

async function show(of: Stage): Promise<WireNetwork> {
  return JSON.parse((await of.cli(["network", "show", "lab", "--json"], { user: "etu" })).stdout) as WireNetwork;
}

test("the first start makes the switch, its carrier, tap0, rules, forwarding and the name service", async () => {
  const host = await open();
  expect(await linkNames(host)).toEqual(["carrier0", "carrier0-peer", "eth0", "lo", "tap0", "vswitch0"]);
  const bridge = await link(host, "vswitch0");
  expect(addresses(bridge)).toEqual(["192.168.194.1/24"]);
  expect(hasCarrier(bridge)).toBe(true);
  // Locally administered, and not the lowest of its ports'.
  expect(bridge.address).toMatch(/^02:/);
  expect((await link(host, "tap0")).master).toBe("vswitch0");
  expect((await tables(host)).toSorted()).toEqual(["bridge tarr_steps", "inet tarr_steps"]);
  expect(await rules(host)).toContain("ip saddr 192.168.194.0/24");
  expect([await forwards(host, "vswitch0"), await forwards(host, "eth0"), await forwards(host, "lo")]).toEqual([
    true,
    true,
    false,
  ]);
  expect(await dnsmasqs(host)).toHaveLength(1);
  expect(await show(host)).toMatchObject({ address: "192.168.194.1/24", state: "up", uplink: "eth0", pending: false });
  expect(await host.planCode()).toBe(0);
});

test("the service started again changes nothing", async () => {
  const host = await open();
  const before = await picture(host);
  await host.stop();
  await host.start();
  expect(await picture(host)).toBe(before);
  expect(await host.planCode()).toBe(0);
});

test.each([
  ["address=192.168.195.1/24"],
  ["address=192.168.194.254/24"],
  ["address=10.99.0.1/22"],
  ["range=192.168.194.100-192.168.194.120"],
  ["max=7"],
  ["dhcp=off"],
  ["domain=tp.example"],
  ["reach=isolated"],
  ["reach=routed"],
])("network set %s converges in one run, and the second run is empty", async (setting) => {
  const host = await open();
  const { ifindex, address } = await link(host, "vswitch0");
  const first = await host.cli(["network", "set", "lab", setting, "--json"], { user: "prof" });
  expect({ code: first.code, stderr: first.stderr }).toEqual({ code: 0, stderr: "" });
  expect((JSON.parse(first.stdout) as { steps: WireStep[] }).steps).not.toEqual([]);
  expect(await host.planCode()).toBe(0);
  const second = await host.cli(["network", "set", "lab", setting, "--json"], { user: "prof" });
  expect(JSON.parse(second.stdout)).toEqual({ steps: [], pending: false, trial: null, moved: [], also: [] });
  const reload = await host.cli(["network", "reload", "--json"], { user: "prof" });
  expect(JSON.parse(reload.stdout)).toEqual({ steps: [], trial: null, unknown: [], moved: [] });
  // The very bridge that was there, with the very MAC.
  expect(await link(host, "vswitch0")).toMatchObject({ ifindex, address });
  expect(addresses(await link(host, "vswitch0"))).toEqual([(await show(host)).address]);
  expect(await dnsmasqs(host)).toHaveLength(1);
});

test("all settings at once, and back again, leave the kernel as it was", async () => {
  const host = await open();
  const before = JSON.parse(await picture(host)) as unknown[];
  const there = ["address=10.99.0.1/22", "range=10.99.1.1-10.99.1.9", "max=5", "domain=tp.example", "reach=isolated"];
  const back = ["address=192.168.194.1/24", "range=192.168.194.10-192.168.194.254", "max=245"];
  for (const settings of [there, [...back, "domain=lab.internal", "reach=nat"]]) {
    const { code, stderr } = await host.cli(["network", "set", "lab", ...settings], { user: "prof" });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(await host.planCode()).toBe(0);
  }
  // All but the process id of dnsmasq.
  expect((JSON.parse(await picture(host)) as unknown[]).slice(0, 3)).toEqual(before.slice(0, 3));
});

test("a dry run tells the steps and changes nothing", async () => {
  const host = await open();
  const before = [await picture(host), await host.read("/etc/tarr-steps/tarr-steps.yaml")];
  const dry = await host.cli(["network", "set", "lab", "reach=routed", "--dry-run", "--json"], { user: "prof" });
  expect((JSON.parse(dry.stdout) as { steps: WireStep[] }).steps.map(({ kind }) => kind)).toEqual(["set-rules"]);
  expect([await picture(host), await host.read("/etc/tarr-steps/tarr-steps.yaml")]).toEqual(before);
});

test("a range that is narrowed says whose address changes, in both languages, before and after", async () => {
  const host = await open();
  await host.call("CreatePort", { network: "lab", name: "web", kind: "qemu" });
  const words = ["network", "set", "lab", "range=192.168.194.20-192.168.194.29"];
  const dry = await host.cli([...words, "--dry-run"]);
  for (const { stdout, code } of [dry, await host.cli(words)]) {
    expect(code).toBe(0);
    expect(stdout).toContain("max changes with it: 245 → 10\n1 machine gets another address:");
    expect(stdout).toMatch(/web +lab +192\.168\.194\.10 → 192\.168\.194\.20\n/);
  }
  await host.call("CreatePort", { network: "lab", name: "db", kind: "qemu" });
  const { code, stderr } = await host.cli(["network", "set", "lab", "max=1"], { env: { LC_ALL: "fr_FR.UTF-8" } });
  expect(code).toBe(1);
  expect(stderr).toContain("max=1 est inférieur aux 2 ports du réseau lab");
  expect(stderr).toContain("tarr-steps network set lab max=2");
});

test("stop and start: devices stay, and nothing is answered in between", async () => {
  const host = await open();
  const before = await linkNames(host);
  expect((await host.cli(["network", "stop"], { user: "prof" })).code).toBe(0);
  expect(await linkNames(host)).toEqual(before);
  const listens = async () => (await host.must("ss -lunH")).includes("192.168.194.1:53");
  await until("the name service to fall silent", async () => !(await listens()) || undefined);
  expect((await link(host, "vswitch0")).flags).not.toContain("UP");
  expect(await forwards(host, "eth0")).toBe(false);
  expect(await host.planCode()).toBe(0);
  expect((await host.cli(["network", "start"], { user: "prof" })).code).toBe(0);
  expect(await dnsmasqs(host)).toHaveLength(1);
  expect(await host.planCode()).toBe(0);
});

test("forwarding that was on already is left on when the network stops", async () => {
  const host = await open({ before: "echo 1 >/proc/sys/net/ipv4/conf/eth0/forwarding" });
  await host.cli(["network", "stop"], { user: "prof" });
  expect([await forwards(host, "eth0"), await forwards(host, "vswitch0")]).toEqual([true, false]);
});

test("a subnet that is routed here already is left to who has it: the first start takes another", async () => {
  const host = await open({ before: "ip route add 192.168.194.0/24 via 198.51.100.1" });
  expect((await show(host)).address).toBe("192.168.195.1/24");
  expect(addresses(await link(host, "vswitch0"))).toEqual(["192.168.195.1/24"]);
  expect(await host.read("/etc/tarr-steps/tarr-steps.yaml")).toContain("eth0 (192.168.194.0/24)");
  const refused = await host.cli(["network", "set", "lab", "address=192.168.194.1/24", "--json"], { user: "prof" });
  expect(refused.code).toBe(64);
  expect(JSON.parse(refused.stderr)).toMatchObject({ error: { code: "subnet-taken" } });
  expect(await host.planCode()).toBe(0);
});

test("a vswitch0 of somebody else's is refused and untouched", async () => {
  const host = await open({ before: "ip link add vswitch0 type bridge; ip address add 10.1.2.3/24 dev vswitch0" });
  const bridge = await link(host, "vswitch0");
  expect(bridge.group).toBe("default");
  expect(addresses(bridge)).toEqual(["10.1.2.3/24"]);
  expect(await linkNames(host)).toEqual(["eth0", "lo", "vswitch0"]);
  expect([await tables(host), await dnsmasqs(host), await forwards(host, "eth0")]).toEqual([[], [], false]);
  const plan = await host.cli(["plan", "--json"], { user: "etu" });
  expect(plan.code).toBe(1);
  expect(JSON.parse(plan.stderr)).toMatchObject({ error: { code: "object-foreign" } });
  // When it is out of the way, all is made without a restart.
  await host.must("ip link delete vswitch0");
  expect((await host.cli(["network", "reload"], { user: "prof" })).code).toBe(0);
  expect(await host.planCode()).toBe(0);
});

test("a tap0 of somebody else's is left alone, and the rest works", async () => {
  const host = await open({ before: "ip tuntap add dev tap0 mode tap user eve" });
  const tap = await link(host, "tap0");
  expect([tap.group, tap.master, tap.flags.includes("UP")]).toEqual(["default", undefined, false]);
  expect((await show(host)).state).toBe("up");
  expect(await dnsmasqs(host)).toHaveLength(1);
  expect(await host.planCode()).toBe(0);
});

test("a student is refused what changes networks, and told who can grant it", async () => {
  const host = await open();
  const before = await picture(host);
  for (const words of [
    ["network", "set", "lab", "reach=routed"],
    ["network", "stop"],
    ["network", "reload"],
  ]) {
    const { code, stderr } = await host.cli(words, { user: "etu" });
    expect({ words, code }).toEqual({ words, code: 77 });
    expect(stderr).toContain("tarr-steps-admin");
  }
  expect(await picture(host)).toBe(before);
});

test("a second service leaves the first one's switch as it is", async () => {
  const host = await open();
  const before = await picture(host);
  const second = await host.secondService();
  expect(second.stderr).toContain("another tarr-stepsd answers");
  expect(second.code).toBe(1);
  expect(await picture(host)).toBe(before);
  // Whoever asks is still answered by the first.
  expect(await host.call("GetPlan", {}).then(({ steps }) => steps, codeOf)).toEqual([]);
});

test("a VPN that takes the subnet is told with where the network could go, and nothing is moved by itself", async () => {
  const host = await open();
  await host.must(
    `ip link add vpn0 type veth peer name far; ip link set vpn0 up
    ip route add 192.168.192.0/20 dev vpn0; ip route add 192.168.194.0/25 dev vpn0`,
  );
  const seen = await until("the clash", async () => {
    const { networks } = await host.call("GetStatus", {});
    return networks[0]?.clash ?? undefined;
  });
  expect(seen).toEqual({ subnet: "192.168.194.0/25", interface: "vpn0", proposed: "192.168.208.1/24" });
  // The VPN is a way out for machines too, which the service sees in a moment.
  await until("the plan", async () => (await host.planCode()) === 0 || undefined);
  const { stdout } = await host.cli(["plan", "--check"]);
  const told =
    "! 192.168.194.1/24 overlaps 192.168.194.0/25, which this computer reaches by vpn0: one of the two is out of reach.\n" +
    "  → Move the network: tarr-steps network set lab address=192.168.208.1/24\n";
  expect(stdout).toEndWith(told);
  expect((await host.cli(["status"])).stdout).toContain(told);
  expect((await host.cli(["network", "set", "lab", "address=192.168.208.1/24"])).code).toBe(0);
  expect((await host.cli(["plan"])).stdout).not.toContain("!");
});
