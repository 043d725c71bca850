import type { Ipv4 } from "../../model/address.ts";
import type { Mac } from "../../model/names.ts";
import { parseArp } from "../arp/frame.ts";
import { noAddress, readHalf, readIpv4, readMac, readWord } from "../packet/bytes.ts";
import { etherTypes, parseEthernet } from "../packet/ethernet.ts";

export type SeenAddress = { readonly mac: Mac; readonly address: Ipv4 };

/** What a frame tells of who has which address: an ARP message, or the LAN's DHCP server that grants one. */
export function addressIn(frame: Uint8Array): SeenAddress | null {
  const arp = parseArp(frame);
  if (arp !== null) return arp.sender.address === noAddress ? null : arp.sender;
  const ethernet = parseEthernet(frame);
  return ethernet?.type === etherTypes.ipv4 ? grantIn(ethernet.payload) : null;
}

const udp = 17;
const clientPort = 68;
const reply = 2;
/** What stands before DHCP's options, and the one that tells what a message is (RFC 2131 §3, RFC 2132 §9.6). */
const cookie = 0x63825363;
const messageKind = 53;
const granted = 5;

function grantIn(packet: Uint8Array): SeenAddress | null {
  const header = ((packet[0] ?? 0) & 0x0f) * 4;
  if (packet[9] !== udp || readHalf(packet, header + 2) !== clientPort) return null;
  const message = packet.subarray(header + 8);
  if (message.length < 240 || message[0] !== reply || message[1] !== 1 || message[2] !== 6) return null;
  if (readWord(message, 236) !== cookie || kindOf(message) !== granted) return null;
  return { mac: readMac(message, 28), address: readIpv4(message, 16) };
}

function kindOf(message: Uint8Array): number | undefined {
  let at = 240;
  while (at < message.length && message[at] !== 255) {
    if (message[at] === messageKind) return message[at + 2];
    at += message[at] === 0 ? 1 : 2 + (message[at + 1] ?? 0);
  }
  return undefined;
}
