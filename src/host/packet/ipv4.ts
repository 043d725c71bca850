import type { Ipv4 } from "../../model/address.ts";
import { half, ipv4Bytes, join, readHalf, readIpv4, readWord, word } from "./bytes.ts";

export const protocols = { icmp: 1, tcp: 6, udp: 17 } as const;

export type Ipv4Packet = {
  readonly from: Ipv4;
  readonly to: Ipv4;
  readonly protocol: number;
  readonly payload: Uint8Array;
};

export type Endpoint = { readonly address: Ipv4; readonly port: number };
export type UdpPacket = { readonly from: Endpoint; readonly to: Endpoint; readonly payload: Uint8Array };

const headerLength = 20;
const hops = 64;

/** An IPv4 packet without options (RFC 791). */
export function buildIpv4({ from, to, protocol, payload }: Ipv4Packet): Uint8Array {
  const head = join(
    Uint8Array.of(0x45, 0),
    half(headerLength + payload.length),
    Uint8Array.of(0, 0, 0, 0, hops, protocol, 0, 0),
    ipv4Bytes(from),
    ipv4Bytes(to),
  );
  head.set(half(checksum(head)), 10);
  return join(head, payload);
}

/** Null for what is no whole packet, and for all fragments. Padding behind it is left out. */
export function parseIpv4Packet(bytes: Uint8Array): Ipv4Packet | null {
  const start = ((bytes[0] ?? 0) & 0x0f) * 4;
  const end = readHalf(bytes, 2);
  if (bytes.length < headerLength || (bytes[0] ?? 0) >> 4 !== 4 || start < headerLength) return null;
  if (end < start || end > bytes.length || (readHalf(bytes, 6) & 0x3fff) !== 0) return null;
  return {
    from: readIpv4(bytes, 12),
    to: readIpv4(bytes, 16),
    protocol: bytes[9] ?? 0,
    payload: bytes.subarray(start, end),
  };
}

export function buildUdp({ from, to, payload }: UdpPacket): Uint8Array {
  const datagram = join(half(from.port), half(to.port), half(8 + payload.length), half(0), payload);
  const packet = { from: from.address, to: to.address, protocol: protocols.udp, payload: datagram };
  // Zero would say that there is none (RFC 768).
  datagram.set(half(transportChecksum(packet) || 0xffff), 6);
  return buildIpv4(packet);
}

/**
 * The sum is not looked at: what a sender on this host left to the hardware is still missing when we see it, and the
 * frame has one of its own.
 */
export function parseUdp(bytes: Uint8Array): UdpPacket | null {
  const packet = parseIpv4Packet(bytes);
  if (packet?.protocol !== protocols.udp) return null;
  const { payload, from, to } = packet;
  const length = readHalf(payload, 4);
  if (length < 8 || length > payload.length) return null;
  return {
    from: { address: from, port: readHalf(payload, 0) },
    to: { address: to, port: readHalf(payload, 2) },
    payload: payload.subarray(8, length),
  };
}

/** The sum over a TCP segment or UDP datagram and what of the packet's head belongs to it (RFC 9293 §3.1). */
export function transportChecksum({ from, to, protocol, payload }: Ipv4Packet): number {
  return checksum(
    join(ipv4Bytes(from), ipv4Bytes(to), Uint8Array.of(0, protocol), half(payload.length), payload, new Uint8Array(1)),
  );
}

/** RFC 1071. */
export function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at + 1 < bytes.length; at += 2) sum += readHalf(bytes, at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** What of a TCP segment a probe needs (RFC 9293). */
export type TcpSegment = {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly flags: { readonly syn: boolean; readonly ack: boolean; readonly reset: boolean };
  readonly sequence: number;
  readonly acknowledges: number;
};

const tcpFlags = { syn: 0x02, reset: 0x04, ack: 0x10 } as const;
const tcpHeader = 20;
const tcpWindow = 1_024;

export function buildTcp({ from, to, flags, sequence, acknowledges }: TcpSegment): Uint8Array {
  const bits = (flags.syn ? tcpFlags.syn : 0) | (flags.ack ? tcpFlags.ack : 0) | (flags.reset ? tcpFlags.reset : 0);
  const payload = join(
    half(from.port),
    half(to.port),
    word(sequence),
    word(acknowledges),
    Uint8Array.of((tcpHeader / 4) << 4, bits),
    half(tcpWindow),
    new Uint8Array(4),
  );
  const packet = { from: from.address, to: to.address, protocol: protocols.tcp, payload };
  payload.set(half(transportChecksum(packet)), 16);
  return buildIpv4(packet);
}

export function parseTcp(bytes: Uint8Array): TcpSegment | null {
  const packet = parseIpv4Packet(bytes);
  if (packet?.protocol !== protocols.tcp || packet.payload.length < tcpHeader) return null;
  const { payload, from, to } = packet;
  const bits = payload[13] ?? 0;
  const has = (flag: number) => (bits & flag) !== 0;
  return {
    from: { address: from, port: readHalf(payload, 0) },
    to: { address: to, port: readHalf(payload, 2) },
    flags: { syn: has(tcpFlags.syn), ack: has(tcpFlags.ack), reset: has(tcpFlags.reset) },
    sequence: readWord(payload, 4),
    acknowledges: readWord(payload, 8),
  };
}
