import { expect, test } from "bun:test";
import { recordedMessages } from "../../../test/unit/recorded.ts";
import { codeOf } from "../../../test/unit/thrown.ts";
import { formatCidr } from "../../model/address.ts";
import { interfaceNames } from "../links/observe.ts";
import { readPeers, readProxies, readRoutes } from "./observe.ts";

const names = interfaceNames(recordedMessages("netlink-links.hex"));
/** Where `ndm_state` is in a message (neighbour.h). */
const neighbourState = 8;
const answers = recordedMessages("netlink-routes.hex");

test("what the kernel says of routes: none of another table, and none that leads nowhere", () => {
  const shown = readRoutes(answers, names).map(
    ({ to, interface: name, metric, gateway, source, marked }) =>
      `${formatCidr(to)} ${name} ${metric} ${gateway ?? "-"} ${source ?? "-"} ${marked ? "ours" : "others'"}`,
  );
  expect(shown).toEqual([
    "0.0.0.0/0 eth0 100 198.51.100.1 - others'",
    "10.8.0.1/32 tun0 0 - 10.8.0.2 others'",
    "192.168.194.0/24 vswitch0 0 - 192.168.194.1 others'",
    "198.51.100.0/24 eth0 0 - 198.51.100.20 others'",
    "198.51.100.50/32 vswitch0 0 - 192.168.194.1 ours",
    "203.0.113.0/24 eth0 0 198.51.100.2 - others'",
  ]);
});

test("addresses that the host answers for: ours, and nobody else's", () => {
  expect(
    readProxies(recordedMessages("netlink-proxies.hex"), names).map((one) => `${one.address} ${one.interface}`),
  ).toEqual(["198.51.100.50 eth0"]);
});

test("whom the host knows by MAC: not who never answered", () => {
  expect(
    readPeers(recordedMessages("netlink-peers.hex"), names).map(
      ({ address, mac, interface: on }) => `${address} ${mac} ${on}`,
    ),
  ).toEqual(["198.51.100.1 52:54:00:aa:00:01 lan0", "198.51.100.2 02:00:00:00:00:02 lan0"]);
});

test("nobody is at an address that the kernel itself knows: broadcasts and multicasts", () => {
  const messages = recordedMessages("netlink-peers.hex").map((bytes) => {
    const copy = Uint8Array.from(bytes);
    new DataView(copy.buffer).setUint16(neighbourState, 0x40, true);
    return copy;
  });
  expect(readPeers(messages, names)).toEqual([]);
});

test("a host without routes, and an answer that is none", () => {
  expect(readRoutes([], names)).toEqual([]);
  expect(codeOf(() => readRoutes([new Uint8Array(3)], names))).toBe("observe-failed");
});
