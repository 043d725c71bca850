import { expect, test } from "bun:test";
import { readCidr } from "../../model/address.ts";
import { interfaceName, isMac } from "../../model/names.ts";
import { isLinkStep, renderLinkStep } from "./render.ts";
import type { LinkStep } from "./render.ts";

const vswitch0 = interfaceName("vswitch0");
/** A name that ip(8) would take for a word of its own. */
const up = interfaceName("up");
const mac = "02:00:00:00:00:00";
const address = readCidr("192.168.194.1/24");
if (address === null || !isMac(mac)) throw new Error("constants");

const lines: readonly (readonly [LinkStep, readonly string[]])[] = [
  [
    { kind: "create-switch", interface: up, mac },
    ["link add dev up group 1952543346 address 02:00:00:00:00:00 type bridge stp_state 0"],
  ],
  [
    { kind: "create-tap", interface: up, owner: 1000 },
    ["tuntap add dev up mode tap user 1000", "link set dev up group 1952543346"],
  ],
  [
    { kind: "create-tap", interface: up, owner: null },
    ["tuntap add dev up mode tap", "link set dev up group 1952543346"],
  ],
  [
    { kind: "create-carrier", interface: up, peer: interfaceName("up-peer") },
    [
      "link add dev up group 1952543346 type veth peer name up-peer",
      "link set dev up-peer group 1952543346",
      "link set dev up-peer arp off",
      "link set dev up-peer up",
    ],
  ],
  [{ kind: "delete-interface", interface: up }, ["link delete dev up"]],
  [{ kind: "mark", interface: up }, ["link set dev up group 1952543346"]],
  [{ kind: "set-mac", interface: up, mac }, ["link set dev up address 02:00:00:00:00:00"]],
  [{ kind: "set-mtu", interface: up, mtu: 1400 }, ["link set dev up mtu 1400"]],
  [{ kind: "set-up", interface: up, up: true }, ["link set dev up up"]],
  [{ kind: "set-up", interface: up, up: false }, ["link set dev up down"]],
  [{ kind: "plug", interface: up, on: vswitch0, carrier: false }, ["link set dev up master vswitch0"]],
  [
    { kind: "plug", interface: up, on: vswitch0, carrier: true },
    [
      "link set dev up master vswitch0",
      "link set dev up type bridge_slave flood off mcast_flood off bcast_flood off learning off",
    ],
  ],
  [{ kind: "unplug", interface: up }, ["link set dev up nomaster"]],
  [{ kind: "add-address", interface: up, address }, ["address add 192.168.194.1/24 brd + dev up"]],
  [{ kind: "remove-address", interface: up, address }, ["address delete 192.168.194.1/24 dev up"]],
];

test.each(lines)("%j is said to ip(8) so that a name is a name", (step, expected) => {
  expect(renderLinkStep(step)).toEqual(expected);
  expect(isLinkStep(step)).toBe(true);
});

test("what is no step on an interface's own is left to others", () => {
  expect(isLinkStep({ kind: "set-rules", rules: null })).toBe(false);
  expect(isLinkStep({ kind: "set-forwarding", interface: up, on: true })).toBe(false);
});
