import { describe, expect, test } from "bun:test";
import { recordedMessages } from "../../../test/unit/recorded.ts";
import { codeOf } from "../../../test/unit/thrown.ts";
import { formatCidr } from "../../model/address.ts";
import type { PortId } from "../../model/names.ts";
import { readLinks } from "./observe.ts";

const addresses = recordedMessages("netlink-addresses.hex");
const links = readLinks(recordedMessages("netlink-links.hex"), addresses);
const find = (name: string) => links.find((link) => link.name === name);

describe("what the kernel says of", () => {
  test("a NIC: its IPv4 addresses in the kernel's order, and no mark of ours", () => {
    expect(find("eth0")).toMatchObject({ ethernet: true, up: true, carrier: true, master: null, marked: false });
    expect(find("eth0")?.addresses.map(formatCidr)).toEqual(["198.51.100.20/24", "198.51.100.21/24"]);
  });

  test("our switch", () => {
    expect(find("vswitch0")).toMatchObject({
      kind: "bridge",
      mac: "02:00:00:00:00:00",
      mtu: 1500,
      up: true,
      carrier: true,
      marked: true,
    });
    expect(find("vswitch0")?.addresses.map(formatCidr)).toEqual(["192.168.194.1/24"]);
  });

  test("the carrier's two ends", () => {
    expect(find("carrier0")).toMatchObject({ kind: "veth", master: "vswitch0", marked: true, carrier: true });
    expect(find("carrier0-peer")).toMatchObject({ kind: "veth", master: null, marked: true, up: true });
  });

  test("a tap that nobody has open: up, without a carrier", () => {
    expect(find("tap0")).toMatchObject({ kind: "tun", master: "vswitch0", up: true, carrier: false, marked: true });
  });

  test("a tap that is down: its MTU, who may open it, and the port that its alias names", () => {
    expect(find("tsabc234")).toMatchObject({ kind: "tun", mtu: 1400, up: false, master: null });
    expect(find("tsabc234")).toMatchObject({ tapOwner: 1000, port: "r4wnfs" as PortId });
    expect(find("tap0")).toMatchObject({ tapOwner: null, port: null });
  });

  test("a tunnel: no Ethernet, a point-to-point address", () => {
    expect(find("tun0")).toMatchObject({ ethernet: false, mac: null, marked: false });
    expect(find("tun0")?.addresses.map(formatCidr)).toEqual(["10.8.0.2/32"]);
  });

  test("the loopback: no address that could clash with a network of ours", () => {
    expect(find("lo")).toMatchObject({ addresses: [], ethernet: false });
  });

  test("an interface with a hostile name: nothing, so that it is never part of a command", () => {
    expect(links.map((link) => String(link.name))).not.toContain("WAN;x");
    expect(links.length).toBe(9);
  });
});

describe("of answers that are none", () => {
  test("nothing at all is no interface", () => {
    expect(readLinks([], addresses)).toEqual([]);
  });

  test("a message that is cut off is no empty host", () => {
    const whole = recordedMessages("netlink-links.hex");
    expect(
      codeOf(() =>
        readLinks(
          whole.map((one) => one.subarray(0, 12)),
          addresses,
        ),
      ),
    ).toBe("observe-failed");
    // The structure and the name, without what follows.
    expect(
      codeOf(() =>
        readLinks(
          whole.map((one) => one.subarray(0, 28)),
          addresses,
        ),
      ),
    ).toBe("observe-failed");
  });
});
