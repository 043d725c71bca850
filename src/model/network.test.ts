import { describe, expect, test } from "bun:test";
import { codeOf, thrown } from "../../test/unit/thrown.ts";
import { parseDocument } from "./document.ts";
import type { Network } from "./network.ts";
import {
  changeNetwork,
  defaultRange,
  formatRange,
  parseMax,
  parseRange,
  parseReach,
  parseSetting,
  parseSwitchValue,
  settingsOf,
} from "./network.ts";
import { parseSwitchAddress } from "./address.ts";

function network(fields: string): Network {
  const [only] = parseDocument(`networks: {lab: {${fields}}}`).networks;
  if (only === undefined) throw new Error("no network");
  return only;
}

/** The usual network, changed as `tarr-steps network set lab KEY=VALUE…` would; what it then says of itself. */
function set(fields: string, ...settings: string[]) {
  return settingsOf(changeNetwork(network(fields), settings.map(parseSetting)));
}

const usual = "address: 192.168.194.1/24, range: 192.168.194.10-192.168.194.99, max: 50";

describe("the range that is meant when none is said", () => {
  test.each([
    ["192.168.194.1/24", "192.168.194.10-192.168.194.254"],
    ["192.168.194.254/24", "192.168.194.10-192.168.194.253"],
    ["192.168.194.1/27", "192.168.194.10-192.168.194.30"],
    // Too small to keep nine addresses free.
    ["192.168.194.1/28", "192.168.194.2-192.168.194.14"],
    ["192.168.194.14/28", "192.168.194.1-192.168.194.13"],
    ["192.0.2.1/30", "192.0.2.2-192.0.2.2"],
    ["192.0.2.2/30", "192.0.2.1-192.0.2.1"],
    ["192.168.194.50/24", "192.168.194.51-192.168.194.254"],
    ["10.0.0.1/8", "10.0.0.10-10.255.255.254"],
  ])("of %s is %s", (address, expected) => {
    expect(formatRange(defaultRange(parseSwitchAddress(address)))).toBe(expected);
  });

  test("never holds the switch's own address, whatever that is", () => {
    for (let host = 1; host < 255; host += 1) {
      const { range } = network(`address: 192.0.2.${host}/24`);
      expect(thrownOrNull(() => changeNetwork(network(`address: 192.0.2.${host}/24`), []))).toBeNull();
      expect(String(range.first)).not.toBe(`192.0.2.${host}`);
    }
  });
});

function thrownOrNull(work: () => unknown): unknown {
  try {
    work();
    return null;
  } catch (error) {
    return error;
  }
}

describe("a change of address", () => {
  test("takes the range along", () => {
    expect(set(usual, "address=192.168.195.1/24")).toMatchObject({
      address: "192.168.195.1/24",
      range: "192.168.195.10-192.168.195.99",
      max: "50",
    });
  });

  test("inside the subnet leaves the range", () => {
    expect(set(usual, "address=192.168.194.254/24")).toMatchObject({ range: "192.168.194.10-192.168.194.99" });
  });

  test("onto the range's own addresses makes the range give way", () => {
    expect(set(usual, "address=192.168.194.50/24")).toMatchObject({ range: "192.168.194.51-192.168.194.254" });
  });

  test("to a subnet that is too small for the range takes that subnet's own", () => {
    expect(set(usual, "address=192.168.195.1/28")).toMatchObject({
      range: "192.168.195.2-192.168.195.14",
      max: "13",
    });
    expect(set(usual, "address=192.0.2.1/30")).toMatchObject({ range: "192.0.2.2-192.0.2.2", max: "1" });
  });

  test("to a larger subnet keeps the host parts", () => {
    expect(set(usual, "address=10.0.0.1/8")).toMatchObject({ range: "10.0.0.10-10.0.0.99", max: "50" });
  });

  test("with a range takes both, although each alone would not fit the other", () => {
    expect(set(usual, "range=10.1.1.20-10.1.1.30", "address=10.1.1.1/24")).toMatchObject({
      address: "10.1.1.1/24",
      range: "10.1.1.20-10.1.1.30",
    });
  });
});

describe("settings that cannot be", () => {
  test.each([
    ["range=192.168.195.10-192.168.195.20", "range-outside"],
    ["range=192.168.194.0-192.168.194.20", "range-outside"],
    ["range=192.168.194.10-192.168.194.255", "range-outside"],
    ["range=192.168.194.20-192.168.194.10", "range-reversed"],
    ["range=192.168.194.1-192.168.194.10", "range-holds-host"],
    ["range=192.168.194.10", "range-invalid"],
    ["range=192.168.194.10-20", "address-invalid"],
    ["range=", "range-invalid"],
    ["max=0", "max-invalid"],
    ["max=1001", "max-invalid"],
    ["max=-1", "max-invalid"],
    ["max=1e2", "max-invalid"],
    ["max=0x10", "max-invalid"],
    ["max=ten", "max-invalid"],
    ["max=", "max-invalid"],
    ["dhcp=maybe", "switch-value-invalid"],
    ["domain=", "domain-invalid"],
    ["domain=lab internal", "domain-invalid"],
    ["domain=lab.internal\ndhcp-script=/tmp/x", "domain-invalid"],
    ["reach=everywhere", "reach-invalid"],
    ["reach=NAT", "reach-invalid"],
    ["reach=proxy-arp", "pool-needed"],
    ["address=192.168.194.1", "address-without-prefix"],
    ["adress=192.168.195.1/24", "setting-unknown"],
    ["switch=vswitch1", "setting-unknown"],
    ["constructor=1", "setting-unknown"],
    ["address", "setting-syntax"],
    ["=192.168.195.1/24", "setting-syntax"],
  ])("%s: %s", (setting, code) => {
    expect(codeOf(() => set(usual, setting))).toBe(code);
  });

  test("the error names what is known", () => {
    expect(thrown(() => parseReach("everywhere")).values).toMatchObject({
      known: "isolated, nat, routed, proxy-arp, bridged, auto",
    });
    expect(thrown(() => parseSetting("adress=x")).values).toMatchObject({
      key: "adress",
      known: "address, range, max, dhcp, domain, reach, pool, uplink",
    });
  });
});

describe("how values may be written", () => {
  test("a range with the prototype's comma, and with blanks", () => {
    for (const text of ["192.0.2.10,192.0.2.20", "192.0.2.10 - 192.0.2.20"]) {
      expect(formatRange(parseRange(text))).toBe("192.0.2.10-192.0.2.20");
    }
  });

  test("on and off as YAML and people have it", () => {
    expect(["on", "true", "yes"].map((text) => parseSwitchValue("dhcp", text))).toEqual([true, true, true]);
    expect(["off", "false", "no"].map((text) => parseSwitchValue("dhcp", text))).toEqual([false, false, false]);
  });

  test("a value may itself hold an equals sign", () => {
    expect(parseSetting("domain=a=b")).toEqual({ key: "domain", value: "a=b" });
  });

  test("the ends of what max may be", () => {
    expect([parseMax("1"), parseMax("1000")]).toEqual([1, 1000]);
  });
});

test("what a network says of itself makes the same network again", () => {
  for (const fields of [usual, "address: 10.0.0.1/8, dhcp: off, reach: routed, domain: tp.internal, max: 7"]) {
    const before = network(fields);
    const settings = Object.entries(settingsOf(before)).map(([key, value]) => parseSetting(`${key}=${value}`));
    expect(changeNetwork(before, settings)).toEqual(before);
  }
});

// A subnet of more than 1000 addresses without a `max`: what is written down at its application must be read again.
test.each(["10.0.0.1/8", "172.16.0.1/16", "192.168.0.1/22"])("%s, all else unsaid, can be said in full", (address) => {
  const before = network(`address: ${address}`);
  expect(changeNetwork(before, [parseSetting(`max=${settingsOf(before).max}`)])).toEqual(before);
});
