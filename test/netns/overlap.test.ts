/** Routes of others, of a VPN above all, beside the switch's subnet. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { addresses, link } from "./kernel.ts";
import { codeOf, Stage } from "./stage.ts";

setDefaultTimeout(60_000);

let stage: Stage | null = null;
async function open(before: string): Promise<Stage> {
  stage = await Stage.open({ before });
  return stage;
}
afterEach(async () => {
  await stage?.destroy();
  stage = null;
});

const vpn = "ip tuntap add dev tun9 mode tun; ip address add 10.8.0.2/24 dev tun9; ip link set tun9 up";
/** What OpenVPN's redirect-gateway def1 does. */
const def1 = `${vpn}; ip route add 0.0.0.0/1 dev tun9; ip route add 128.0.0.0/1 dev tun9`;
const set = (host: Stage, setting: string) => host.cli(["network", "set", "lab", setting], { user: "prof" });
const first = async (host: Stage) => addresses(await link(host, "vswitch0"));
const subnetCheck = async (host: Stage) =>
  (await host.call("Diagnose", {})).checks.find(({ id }) => id === "subnet")?.status;

test("with a VPN that takes everything a first start has the usual switch", async () => {
  const host = await open(def1);
  expect(await first(host)).toEqual(["192.168.194.1/24"]);
  expect(await subnetCheck(host)).toBe("pass");
  expect(await host.planCode()).toBe(0);
});

test("a VPN that takes everything is in the way of no setting, reload or network", async () => {
  const host = await open("true");
  await host.must(def1);
  expect(await set(host, "max=100")).toMatchObject({ code: 0 });
  expect(await set(host, "address=192.168.196.1/24")).toMatchObject({ code: 0 });
  expect(await host.cli(["network", "reload"])).toMatchObject({ code: 0 });
  const created = host.as("etu", "CreateNetwork", {
    network: "dmz",
    subnet: "10.11.0.0/24",
    settings: [],
    shared: false,
  });
  expect(await created.then(() => "made", codeOf)).toBe("made");
  expect(await subnetCheck(host)).toBe("pass");
});

test("a route to just the subnet is told by the doctor, and in the way of nothing but a move onto it", async () => {
  const host = await open("true");
  await host.must(`${vpn}; ip route add 192.168.194.0/25 dev tun9; ip route add 192.168.200.0/24 dev tun9`);
  expect(await subnetCheck(host)).toBe("fail");
  expect(await set(host, "max=100")).toMatchObject({ code: 0 });
  expect(await host.cli(["network", "reload"])).toMatchObject({ code: 0 });
  const moved = await set(host, "address=192.168.200.1/24");
  expect([moved.code, moved.stderr]).toEqual([64, expect.stringContaining("192.168.200.0/24") as string]);
});

test("a subnet behind a wider route is left to whoever is there, while another is free", async () => {
  const host = await open(`${vpn}; ip route add 192.168.192.0/21 dev tun9; ip route add 192.168.194.0/24 dev tun9`);
  expect(await first(host)).toEqual(["192.168.200.1/24"]);
});

test("where every usual subnet is taken a first start ends with a switch all the same", async () => {
  const taken = Array.from({ length: 62 }, (_, step) => `ip route add 192.168.${194 + step}.0/24 dev tun9`);
  const host = await open(`${vpn}; ${taken.join("; ")}`);
  expect(await first(host)).toEqual(["172.29.194.1/24"]);
  expect(await host.planCode()).toBe(0);
});

test.each(["_lan0", "wan+1", "réseau0"])(
  "what is behind %j is taken, although it is no name for a command",
  async (name) => {
    const host =
      await open(`ip link add '${name}' type veth peer name far; ip address add 192.168.194.77/24 dev '${name}'
    ip link set '${name}' up; ip route add 192.168.195.0/24 dev '${name}'`);
    expect(await first(host)).toEqual(["192.168.196.1/24"]);
    const moved = await set(host, "address=192.168.195.1/24");
    expect([moved.code, moved.stderr]).toEqual([64, expect.stringContaining(name) as string]);
    expect(await host.planCode()).toBe(0);
  },
);
