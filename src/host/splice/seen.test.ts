import { expect, test } from "bun:test";
import { addressIn } from "./seen.ts";

const bytes = (hex: string) => Uint8Array.from(hex.match(/[0-9a-f]{2}/g) ?? [], (pair) => Number.parseInt(pair, 16));
const arp = (sender: string) =>
  bytes(`ffffffffffff 525400aa0001 0806 0001 0800 0604 0001 525400aa0001 ${sender} 000000000000 c6336401`);

/** A message of a DHCP server's, with its options. */
function dhcp(options: string, operation = "02"): Uint8Array {
  const head = `${operation}010600 00000000 00000000 00000000 c6336442 00000000 00000000 525400aa0001`;
  const message = `${head} ${"00".repeat(10 + 64 + 128)} 63825363 ${options}`;
  return bytes(
    `525400aa0001 020000000001 0800 45000000 00000000 4011 0000 c6336401 c6336442 0043 0044 0000 0000 ${message}`,
  );
}

test("an ARP message tells its sender's address, if it has one", () => {
  expect(addressIn(arp("c633643d"))).toMatchObject({ mac: "52:54:00:aa:00:01", address: "198.51.100.61" });
  expect(addressIn(arp("00000000"))).toBeNull();
});

test("an address that the LAN's server grants is the machine's; one that it offers is not yet", () => {
  expect(addressIn(dhcp("0c02aabb 00 350105 ff"))).toMatchObject({
    mac: "52:54:00:aa:00:01",
    address: "198.51.100.66",
  });
  for (const options of ["350102 ff", "350106 ff", "ff 350105", ""]) expect(addressIn(dhcp(options))).toBeNull();
  expect(addressIn(dhcp("350105 ff", "01"))).toBeNull();
});

test("what is cut off tells nothing", () => {
  const whole = dhcp("350105 ff");
  for (let length = 0; length < whole.length - 3; length += 1) expect(addressIn(whole.subarray(0, length))).toBeNull();
});
