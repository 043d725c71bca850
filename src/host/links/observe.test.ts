import { describe, expect, test } from "bun:test";
import { recorded } from "../../../test/unit/recorded.ts";
import { codeOf } from "../../../test/unit/thrown.ts";
import { formatCidr } from "../../model/address.ts";
import { parseLinks } from "./observe.ts";

const links = parseLinks(recorded("ip-address.json"));
const find = (name: string) => links.find((link) => link.name === name);

describe("what ip printed of", () => {
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

  test("a tap that is down, with an MTU of its own", () => {
    expect(find("tsabc234")).toMatchObject({ kind: "tun", mtu: 1400, up: false, master: null });
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

describe("of outputs of other versions", () => {
  test("nothing at all is no interface", () => {
    expect(parseLinks("")).toEqual([]);
    expect(parseLinks("[]")).toEqual([]);
  });

  // iproute2 prints `{}` for what a filter left out.
  test("empty objects pass by", () => {
    expect(parseLinks("[{},{}]")).toEqual([]);
  });

  test("another shape is no empty host", () => {
    expect(codeOf(() => parseLinks('[{"ifname": 7}]'))).toBe("observe-failed");
    expect(() => parseLinks("Cannot open netlink socket")).toThrow();
  });
});
