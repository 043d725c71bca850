import { expect, test } from "bun:test";
import { recorded } from "../../../test/unit/recorded.ts";
import { parseLeases } from "./leases.ts";
import { leaseSeconds } from "./render.ts";

const expiry = 1795481782;

test("a lease file of dnsmasq", () => {
  expect(parseLeases(recorded("dnsmasq.leases"), expiry - 1)).toEqual([
    { mac: "52:54:00:00:00:0b", address: "192.168.194.65", granted: expiry - leaseSeconds },
    { mac: "52:54:00:00:00:0a", address: "192.168.194.10", granted: expiry - leaseSeconds },
  ] as never);
});

test("a lease that is over is none: its machine may be gone and its address another's", () => {
  expect(parseLeases(recorded("dnsmasq.leases"), expiry)).toEqual([]);
});

test("lines that are no IPv4 lease pass by", () => {
  const others = [
    "",
    "duid 00:01:00:01:2d",
    `${expiry} 1234 2001:db8::5 web 00:01`,
    "x 52:54:00:00:00:0a 192.0.2.1 a *",
  ];
  expect(parseLeases(others.join("\n"), 0)).toEqual([]);
});
