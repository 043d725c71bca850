import { describe, expect, test } from "bun:test";
import { testMac, toState } from "../../test/golden/written.ts";
import type { Written } from "../../test/golden/written.ts";
import { observe } from "../../test/fake-host/fake-host.ts";
import { parseSwitchAddress } from "../model/address.ts";
import { parseDocument } from "../model/document.ts";
import type { InterfaceName } from "../model/names.ts";
import { desire, subnetClash, takenSubnets } from "./desired.ts";
import { observedLinks } from "./observed.ts";
import { findUplinks } from "./uplink.ts";

const { networks } = parseDocument("networks:\n  lab: {address: 192.168.194.1/24}\n");

/** What is desired on a host with these interfaces and routes. */
function around(written: Written) {
  const observed = observe(toState(written), new Set());
  const routes = observed.routes.known ? observed.routes.value : [];
  return { links: observedLinks(observed), routes, hidden: [], vmware: false, routers: new Set<InterfaceName>() };
}

const eth0 = { name: "eth0", addresses: ["198.51.100.20/24"] };
const wlan0 = { name: "wlan0", addresses: ["203.0.113.20/24"], mtu: 1420 };
const byEth0 = { to: "default", interface: "eth0", metric: 0 };

describe("the uplink", () => {
  const uplinks = (written: Written) => findUplinks(around(written), networks).map((link) => String(link.name));

  test("is where the default route leads", () => {
    expect(uplinks({ links: [eth0, wlan0], routes: [byEth0] })).toEqual(["eth0"]);
  });

  test("is each of them, where there are two", () => {
    const routes = [byEth0, { to: "default", interface: "wlan0", metric: 600 }];
    expect(uplinks({ links: [eth0, wlan0], routes })).toEqual(["eth0", "wlan0"]);
  });

  test("may be a tunnel or a bridge, when the default route says so", () => {
    const links = [
      { name: "tun0", kind: "tun", ethernet: false, addresses: ["10.8.0.2/32"] },
      { name: "br0", kind: "bridge", addresses: ["198.51.100.20/24"] },
    ];
    expect(uplinks({ links, routes: [{ ...byEth0, interface: "tun0" }] })).toEqual(["tun0"]);
    expect(uplinks({ links, routes: [{ ...byEth0, interface: "br0" }] })).toEqual(["br0"]);
  });

  // A classroom without a way out: the machines still reach their LAN segment.
  test("without a default route is each NIC that has an address, and no other tool's switch", () => {
    const links = [
      eth0,
      wlan0,
      { name: "eth1" },
      { name: "lo", ethernet: false, addresses: ["127.0.0.1/8"] },
      { name: "docker0", kind: "bridge", addresses: ["172.17.0.1/16"] },
      { name: "eth2", master: "docker0", addresses: ["192.0.2.9/24"] },
    ];
    expect(uplinks({ links })).toEqual(["eth0", "wlan0"]);
  });

  test("is never an interface of ours", () => {
    const links = [
      eth0,
      { name: "vswitch0", kind: "bridge", marked: true, addresses: ["192.168.194.1/24"] },
      { name: "vswitch7", kind: "bridge", marked: true, addresses: ["192.0.2.1/24"] },
    ];
    const routes = ["vswitch0", "vswitch7"].map((name) => ({ ...byEth0, interface: name }));
    expect(uplinks({ links, routes })).toEqual(["eth0"]);
  });
});

describe("the MTU", () => {
  const mtu = (written: Written) =>
    desire(networks, { ...around(written), ports: [], stopped: new Set(), macOf: testMac }).switches[0]?.mtu;

  test("is the smallest of the uplinks'", () => {
    const routes = [byEth0, { to: "default", interface: "wlan0", metric: 600 }];
    expect(mtu({ links: [eth0, wlan0], routes })).toBe(1420);
    expect(mtu({ links: [eth0, wlan0], routes: [byEth0] })).toBe(1500);
    expect(mtu({ links: [{ ...eth0, mtu: 9000 }], routes: [byEth0] })).toBe(9000);
  });

  test("is the usual one without an uplink, or with one that is no measure", () => {
    expect(mtu({})).toBe(1500);
    expect(mtu({ links: [{ ...eth0, mtu: 576 }], routes: [byEth0] })).toBe(1500);
  });
});

describe("what is forwarded", () => {
  const forwarding = (reach: string) => {
    const wanted = parseDocument(`networks: {lab: {address: 192.168.194.1/24, reach: ${reach}}}`).networks;
    const host = around({ links: [eth0], routes: [byEth0] });
    return desire(wanted, { ...host, ports: [], stopped: new Set(), macOf: testMac }).forwarding.map(String);
  };

  test("is switch and uplink; nothing for a network that reaches nothing", () => {
    expect(["nat", "routed", "isolated"].map(forwarding)).toEqual([["vswitch0", "eth0"], ["vswitch0", "eth0"], []]);
  });
});

describe("a subnet is taken", () => {
  const clash = (address: string, written: Written) =>
    subnetClash(parseSwitchAddress(address), takenSubnets(around(written), networks));

  test("by an interface's own, and by a route's", () => {
    expect(clash("198.51.100.1/25", { links: [eth0] })).toEqual({ subnet: "198.51.100.0/24", interface: "eth0" });
    for (const to of ["10.1.2.0/24", "10.1.2.128/25", "10.1.2.7/32"]) {
      const routes = [{ to, interface: "eth0", metric: 0 }];
      expect(clash("10.1.2.1/24", { routes })).toEqual({ subnet: to, interface: "eth0" });
    }
  });

  // The most specific route wins. OpenVPN's def1 takes everything by two of them.
  test("not by a wider route, but by an interface that is in a wider subnet", () => {
    const routes = ["10.0.0.0/8", "0.0.0.0/1", "128.0.0.0/1", "192.168.0.0/16"].map((to) => ({
      to,
      interface: "eth0",
      metric: 0,
    }));
    expect(clash("10.1.2.1/24", { routes })).toBeNull();
    expect(clash("192.168.194.1/24", { routes })).toBeNull();
    const links = [{ ...eth0, addresses: ["10.1.0.7/16"] }];
    expect(clash("10.1.2.1/24", { links, routes })).toEqual({ subnet: "10.1.0.0/16", interface: "eth0" });
  });

  test("not by the default route, nor by the switch itself", () => {
    const links = [{ name: "vswitch0", kind: "bridge", marked: true, addresses: ["192.168.194.1/24"] }];
    const routes = [byEth0, { to: "192.168.194.0/24", interface: "vswitch0", metric: 0 }];
    expect(clash("192.168.194.1/24", { links, routes })).toBeNull();
  });
});
