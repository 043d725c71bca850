import { describe, expect, test } from "bun:test";
import { readCidr } from "../../src/model/address.ts";
import { interfaceName, isMac } from "../../src/model/names.ts";
import type { Step } from "../../src/plan/step.ts";
import { apply, hasCarrier } from "./fake-host.ts";
import { print } from "./print.ts";
import { bareHost } from "./random-lab.ts";

// The fake is worth as much as it refuses: each of these was tried with iproute2 6.1 in a network namespace.
const eth0 = interfaceName("eth0");
const vswitch0 = interfaceName("vswitch0");
const tap0 = interfaceName("tap0");
const carrier0 = interfaceName("carrier0");
const peer = interfaceName("carrier0-peer");
const mac = "02:00:00:00:00:00";
if (!isMac(mac)) throw new Error(mac);

function address(text: string) {
  const cidr = readCidr(text);
  if (cidr === null) throw new Error(text);
  return cidr;
}

const steps = {
  bridge: { kind: "create-switch", interface: vswitch0, mac },
  carrier: { kind: "create-carrier", interface: carrier0, peer },
  tap: { kind: "create-tap", interface: tap0, owner: null },
  plug: { kind: "plug", interface: tap0, on: vswitch0, carrier: false },
  one: { kind: "add-address", interface: vswitch0, address: address("192.0.2.1/24") },
  two: { kind: "add-address", interface: vswitch0, address: address("192.0.2.2/24") },
  withoutOne: { kind: "remove-address", interface: vswitch0, address: address("192.0.2.1/24") },
} as const satisfies Record<string, Step>;

function run(...all: readonly Step[]) {
  const state = bareHost();
  const said = all.map((step) => apply(state, step)?.values["said"] ?? "done");
  return { state, last: said.at(-1), said };
}

describe("refused", () => {
  test.each<[string, readonly Step[], string]>([
    ["a second bridge of a name", [steps.bridge, steps.bridge], "RTNETLINK answers: File exists"],
    ["a second tap of a name", [steps.tap, steps.tap], "ioctl(TUNSETIFF): Device or resource busy"],
    [
      "a pair whose far end exists",
      [{ ...steps.tap, interface: peer }, steps.carrier],
      "RTNETLINK answers: File exists",
    ],
    ["deleting what is not there", [{ kind: "delete-interface", interface: tap0 }], 'Cannot find device "tap0"'],
    [
      "deleting hardware",
      [{ kind: "delete-interface", interface: eth0 }],
      "RTNETLINK answers: Operation not supported",
    ],
    ["plugging into nothing", [steps.tap, steps.plug], 'Cannot find device "vswitch0"'],
    ["plugging into a NIC", [steps.tap, { ...steps.plug, on: eth0 }], "RTNETLINK answers: Operation not supported"],
    ["an address twice", [steps.bridge, steps.one, steps.one], "Error: ipv4: Address already assigned."],
    ["taking an address that is not there", [steps.bridge, steps.withoutOne], "Error: ipv4: Address not found."],
    [
      "an MTU below IPv4's",
      [steps.tap, { kind: "set-mtu", interface: tap0, mtu: 60 }],
      "Error: mtu less than device minimum.",
    ],
    ["forwarding of nothing", [{ kind: "set-forwarding", interface: tap0, on: true }], "No such file or directory"],
  ])("%s", (_, all, said) => {
    expect(run(...all).last).toBe(said);
  });

  test("a step that it does not know is no refusal, but a hole in the fake", () => {
    expect(() => apply(bareHost(), { kind: "reboot", interface: eth0 } as never)).toThrow("does not know reboot");
  });
});

describe("as the kernel has it", () => {
  test("one end of a pair takes the other along", () => {
    const { state } = run(steps.carrier, { kind: "delete-interface", interface: peer });
    expect([...state.links.keys()]).not.toContain(carrier0);
  });

  test("the ports of a deleted bridge stay, free", () => {
    const { state } = run(steps.bridge, steps.tap, steps.plug, { kind: "delete-interface", interface: vswitch0 });
    expect(state.links.get(tap0)?.master).toBeNull();
  });

  test("the first address of a subnet takes the later ones along, unless secondaries are promoted", () => {
    expect(run(steps.bridge, steps.one, steps.two, steps.withoutOne).state.links.get(vswitch0)?.addresses).toEqual([]);
    const promoting = bareHost(true);
    for (const step of [steps.bridge, steps.one, steps.two, steps.withoutOne]) apply(promoting, step);
    expect(promoting.links.get(vswitch0)?.addresses).toEqual([address("192.0.2.2/24")]);
  });

  test("a bridge has a carrier only while one of its ports has", () => {
    const up = (name: typeof tap0): Step => ({ kind: "set-up", interface: name, up: true });
    const { state } = run(steps.bridge, up(vswitch0), steps.tap, steps.plug, up(tap0));
    const carrier = () => hasCarrier(state, state.links.get(vswitch0) ?? fail());
    expect(carrier()).toBe(false);
    for (const step of [steps.carrier, { ...steps.plug, interface: carrier0 }, up(carrier0)]) apply(state, step);
    expect(carrier()).toBe(true);
  });
});

function fail(): never {
  throw new Error("no vswitch0");
}

test("prints itself in the words of the tools", () => {
  const { state } = run(steps.bridge, steps.one, steps.tap, steps.plug);
  expect(print(state).split("\n")).toEqual([
    "ip link add docker0 address 52:54:00:00:00:03 type bridge up no-carrier",
    "ip address add 172.17.0.1/16 dev docker0",
    "ip link add eth0 address 52:54:00:00:00:01 up",
    "ip address add 198.51.100.20/24 dev eth0",
    "ip link add lo up",
    "ip link add tap0 group tarr tap user any master vswitch0 down no-carrier",
    "ip link add vswitch0 address 02:00:00:00:00:00 group tarr type bridge down no-carrier",
    "ip address add 192.0.2.1/24 dev vswitch0",
    "ip link add wlan0 address 52:54:00:00:00:02 mtu 1420 up",
    "ip address add 203.0.113.20/24 dev wlan0",
    "ip route add 0.0.0.0/0 dev eth0 metric 100",
    "sysctl net.ipv4.conf.docker0.forwarding=1",
    "",
  ]);
});
