import { describe, expect, test } from "bun:test";
import { codeOf } from "../../test/unit/thrown.ts";
import {
  contains,
  formatCidr,
  fromNumber,
  hostAddress,
  hostPart,
  netmask,
  overlaps,
  parseIpv4,
  parseSwitchAddress,
  readCidr,
  subnetOf,
  toNumber,
} from "./address.ts";

describe("parseIpv4", () => {
  test.each(["0.0.0.0", "192.0.2.1", "255.255.255.255"])("takes %s", (text) => {
    expect(String(parseIpv4(text))).toBe(text);
  });

  // inet_aton(3) reads most of these as an address; two programs that read one text differently are a way past a check.
  test.each([
    "",
    "192.0.2",
    "192.0.2.256",
    "192.0.2.01",
    "0xc0.0.2.1",
    "3221225985",
    " 192.0.2.1",
    "192.0.2.1\n",
    "192.0.2.1.",
    "192.0.2.1/24",
    "::ffff:192.0.2.1",
    "１９２.0.2.1",
  ])("refuses %j", (text) => {
    expect(codeOf(() => parseIpv4(text))).toBe("address-invalid");
  });
});

describe("parseSwitchAddress", () => {
  test.each(["192.168.194.1/24", "10.0.0.1/8", "192.0.2.1/30", "192.0.2.2/30", "172.31.255.254/16"])(
    "takes %s as it is",
    (text) => {
      expect(formatCidr(parseSwitchAddress(text))).toBe(text);
    },
  );

  test.each([
    ["192.168.194.1", "address-without-prefix"],
    ["192.168.194", "address-invalid"],
    ["lab/24", "address-invalid"],
    ["192.168.194.1/", "prefix-invalid"],
    ["192.168.194.1/7", "prefix-invalid"],
    ["192.168.194.1/31", "prefix-invalid"],
    ["192.168.194.1/32", "prefix-invalid"],
    ["192.168.194.1/-1", "prefix-invalid"],
    ["192.168.194.1/1e1", "prefix-invalid"],
    ["192.168.194.1/24/8", "prefix-invalid"],
    ["192.168.194.1/255.255.255.0", "prefix-invalid"],
    ["192.168.194.0/24", "address-not-host"],
    ["192.168.194.255/24", "address-not-host"],
    ["192.168.194.128/25", "address-not-host"],
    ["0.1.2.3/8", "address-special"],
    ["127.0.0.1/8", "address-special"],
    ["169.254.1.1/16", "address-special"],
    ["224.0.0.1/8", "address-special"],
    ["255.255.255.254/8", "address-special"],
  ] as const)("refuses %s: %s", (text, code) => {
    expect(codeOf(() => parseSwitchAddress(text))).toBe(code);
  });
});

describe("arithmetic", () => {
  // The upper half of the addresses is negative to 32-bit operators.
  test.each(["0.0.0.0", "127.255.255.255", "128.0.0.0", "192.168.194.1", "255.255.255.255"])(
    "%s survives becoming a number",
    (text) => {
      expect(String(fromNumber(toNumber(parseIpv4(text))))).toBe(text);
    },
  );

  test("subnet, mask and host part of an address", () => {
    const cidr = parseSwitchAddress("192.168.194.201/26");
    expect(formatCidr(subnetOf(cidr))).toBe("192.168.194.192/26");
    expect(String(netmask(cidr))).toBe("255.255.255.192");
    expect(hostPart(cidr, cidr.address)).toBe(9);
    expect(String(hostAddress(cidr, 62))).toBe("192.168.194.254");
  });

  test.each([
    ["192.168.194.1/24", "192.168.194.200/25", true],
    ["192.168.194.1/25", "192.168.194.200/25", false],
    ["192.168.194.1/24", "192.168.195.1/24", false],
    ["10.0.0.1/8", "10.255.0.1/24", true],
  ])("%s and %s overlap: %p, in either order", (one, other, expected) => {
    const [left, right] = [parseSwitchAddress(one), parseSwitchAddress(other)];
    expect([overlaps(left, right), overlaps(right, left)]).toEqual([expected, expected]);
  });

  test("a subnet contains its ends and not its neighbours", () => {
    const cidr = parseSwitchAddress("192.0.2.130/25");
    const answers = ["192.0.2.127", "192.0.2.128", "192.0.2.255", "192.0.3.0"].map((text) =>
      contains(cidr, parseIpv4(text)),
    );
    expect(answers).toEqual([false, true, true, false]);
  });
});

describe("readCidr, of what programs print", () => {
  test.each([
    ["default", "0.0.0.0/0"],
    ["192.0.2.0/24", "192.0.2.0/24"],
    ["192.0.2.1", "192.0.2.1/32"],
  ])("%s is %s", (text, expected) => {
    const cidr = readCidr(text);
    expect(cidr === null ? null : formatCidr(cidr)).toBe(expected);
  });

  test.each(["", "fe80::/64", "unreachable", "192.0.2.1/33", "192.0.2.1/x"])("%j is none", (text) => {
    expect(readCidr(text)).toBeNull();
  });
});
