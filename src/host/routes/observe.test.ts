import { expect, test } from "bun:test";
import { recorded } from "../../../test/unit/recorded.ts";
import { codeOf } from "../../../test/unit/thrown.ts";
import { formatCidr } from "../../model/address.ts";
import { parseRoutes } from "./observe.ts";

test("what ip printed of routes; those that lead nowhere have no interface", () => {
  const shown = parseRoutes(recorded("ip-route.json")).map(
    (route) => `${formatCidr(route.to)} ${route.interface} ${route.metric}`,
  );
  expect(shown).toEqual([
    "0.0.0.0/0 eth0 100",
    "10.8.0.1/32 tun0 0",
    "192.168.194.0/24 vswitch0 0",
    "198.51.100.0/24 eth0 0",
    "203.0.113.0/24 eth0 0",
  ]);
});

test("a host without routes, and a text that is none", () => {
  expect(parseRoutes("[ ]\n")).toEqual([]);
  expect(parseRoutes("")).toEqual([]);
  expect(codeOf(() => parseRoutes('{"dst":"default"}'))).toBe("observe-failed");
});
