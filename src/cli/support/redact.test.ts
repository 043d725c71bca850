import { describe, expect, test } from "bun:test";
import type { Tellable } from "./redact.ts";
import { redactor, withoutComments } from "./redact.ts";

const tellable: Tellable = {
  addresses: new Set(["192.168.194.1", "192.168.194.10", "198.51.100.10"]),
  macs: new Set(["02:00:00:00:00:01", "52:54:00:aa:aa:aa"]),
  foreignNames: new Set(["eve", "secretlab", "secretlab.lab.internal"]),
  uid: 1000,
};
const redact = (text: string) => redactor(tellable)(text);

describe("addresses", () => {
  test.each([
    ["192.168.194.1/24", "192.168.194.1/24"],
    ["own 192.168.194.10 52:54:00:AA:AA:AA", "own 192.168.194.10 52:54:00:AA:AA:AA"],
    ["another's 192.168.194.11", "another's address-1"],
    ["another's 192.168.194.11/32", "another's address-1/32"],
    ["another's 203.0.113.7:22", "another's address-1:22"],
    ["192.168.194.11-192.168.194.12, 192.168.194.11.", "address-1-address-2, address-1."],
    ['"address":"192.168.194.11"', '"address":"address-1"'],
    ["a subnet 10.11.0.0/24, not 10.11.0.3/24", "a subnet 10.11.0.0/24, not address-1/24"],
    ["0.0.0.0:67 127.0.0.53 224.0.0.251 255.255.255.255", "0.0.0.0:67 127.0.0.53 224.0.0.251 255.255.255.255"],
    ["ether 52:54:00:bb:bb:bb", "ether mac-1"],
    ["client id ff:00:01:52:54:00:bb:bb:bb", "client id mac-1"],
    ["fe80::5054:ff:febb:bbbb/64 and ::1", "ipv6-1/64 and ::1"],
    ["2001:db8:1:2:3:4:5:6", "ipv6-1"],
    ["at 12:34:56 and 2026-11-27T00:01:02+0000", "at 12:34:56 and 2026-11-27T00:01:02+0000"],
    ["nft 1.0.6, 6.12.57+deb13", "nft 1.0.6, 6.12.57+deb13"],
  ])("%s", (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  test("are the same stand-in in every text", () => {
    const say = redactor(tellable);
    expect([say("192.168.194.11"), say("192.168.194.12"), say("192.168.194.11")]).toEqual([
      "address-1",
      "address-2",
      "address-1",
    ]);
  });
});

describe("secrets", () => {
  test.each([
    ["password: hunter2", "password: (removed)"],
    ['{"vnc_password":"hunter2","a":1}', '{"vnc_password":(removed),"a":1}'],
    ["wpa-psk=hunter2", "wpa-psk=(removed)"],
    ["http://user:hunter2@proxy:3128/", "http://(removed)@proxy:3128/"],
    ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIhunter2 me@pc", "ssh-ed25519 (key removed) me@pc"],
    [
      "a\n-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----\nb",
      "a\n(private key removed)\nb",
    ],
    ["-----BEGIN RSA PRIVATE KEY-----\nhunter2, cut off", "(private key removed)"],
  ])("%s", (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  test("comments of the document", () => {
    expect(withoutComments('# root: hunter2\nnetworks:\n  lab: # hunter2\n    use: ["#a"]')).toBe(
      '# (removed)\nnetworks:\n  lab: # (removed)\n    use: ["#a"]',
    );
  });
});

describe("others", () => {
  test("what they did is told without whom and what it was about", () => {
    expect(redact("uid=1001 user=eve port create abcdef web on lab: done\nuid=1000 user=me plug: done")).toBe(
      "uid=user-1 (somebody else's): done\nuid=1000 user=me plug: done",
    );
  });

  test("the names of their machines, also of those that are deleted", () => {
    expect(redact("secretlab.lab.internal of eve; evening")).toBe("name-1 of name-2; evening");
    expect(redact("DHCPACK(vswitch0) 192.168.194.11 52:54:00:bb:bb:bb gone")).toBe(
      "DHCPACK(vswitch0) address-1 mac-1 (name removed)",
    );
    expect(redact("DHCPACK(vswitch0) 192.168.194.10 52:54:00:aa:aa:aa web")).toContain(" web");
  });
});
