import type { Ipv4 } from "../../model/address.ts";
import type { Mac } from "../../model/names.ts";
import {
  everybody,
  half,
  ipv4Bytes,
  join,
  macBytes,
  noAddress,
  nobody,
  readHalf,
  readIpv4,
  readMac,
} from "../packet/bytes.ts";
import { buildEthernet, etherTypes, parseEthernet } from "../packet/ethernet.ts";

/** A message of the Address Resolution Protocol, for IPv4 on Ethernet (RFC 826). */
export type ArpMessage = {
  readonly operation: "request" | "reply";
  readonly sender: { readonly mac: Mac; readonly address: Ipv4 };
  readonly target: { readonly mac: Mac; readonly address: Ipv4 };
};

const ethernetHardware = 1;
const operations = { request: 1, reply: 2 } as const;
const messageLength = 28;

export function buildArp(to: Mac, { operation, sender, target }: ArpMessage): Uint8Array {
  const payload = join(
    half(ethernetHardware),
    half(etherTypes.ipv4),
    Uint8Array.of(6, 4),
    half(operations[operation]),
    ...[macBytes(sender.mac), ipv4Bytes(sender.address), macBytes(target.mac), ipv4Bytes(target.address)],
  );
  return buildEthernet({ to, from: sender.mac, type: etherTypes.arp, payload });
}

/** Null for what is no ARP message of IPv4 on Ethernet. */
export function parseArp(frame: Uint8Array): ArpMessage | null {
  const ethernet = parseEthernet(frame);
  if (ethernet?.type !== etherTypes.arp || ethernet.payload.length < messageLength) return null;
  const bytes = ethernet.payload;
  const code = readHalf(bytes, 6);
  const isUsual = readHalf(bytes, 0) === ethernetHardware && readHalf(bytes, 2) === etherTypes.ipv4;
  if (!isUsual || bytes[4] !== 6 || bytes[5] !== 4) return null;
  if (code !== operations.request && code !== operations.reply) return null;
  return {
    operation: code === operations.request ? "request" : "reply",
    sender: { mac: readMac(bytes, 8), address: readIpv4(bytes, 14) },
    target: { mac: readMac(bytes, 18), address: readIpv4(bytes, 24) },
  };
}

/** Asks who has an address without claiming any: nobody's memory of who has what is changed (RFC 5227 §1.1). */
export function probeFrame(mac: Mac, address: Ipv4): Uint8Array {
  const sender = { mac, address: noAddress };
  return buildArp(everybody, { operation: "request", sender, target: { mac: nobody, address } });
}

/** Tells everybody that this MAC has the address: all correct what they remember (RFC 5227 §2.3). */
export function announcementFrame(mac: Mac, address: Ipv4): Uint8Array {
  return buildArp(everybody, { operation: "request", sender: { mac, address }, target: { mac: nobody, address } });
}

/** The answer to whoever asked in this message for an address that this MAC has. */
export function answerFrame(mac: Mac, asked: ArpMessage): Uint8Array {
  const sender = { mac, address: asked.target.address };
  return buildArp(asked.sender.mac, { operation: "reply", sender, target: asked.sender });
}
