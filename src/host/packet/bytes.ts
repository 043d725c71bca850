import type { Ipv4 } from "../../model/address.ts";
import { parseIpv4 } from "../../model/address.ts";
import type { Mac } from "../../model/names.ts";
import { isMac } from "../../model/names.ts";
import { TarrError } from "../../error.ts";

/** The address of nobody: a sender that has none yet. */
export const noAddress = parseIpv4("0.0.0.0");
export const everyAddress = parseIpv4("255.255.255.255");
/** Ethernet's broadcast address. */
export const everybody = readMac(new Uint8Array(6).fill(0xff));
/** What stands where a MAC is asked for. */
export const nobody = readMac(new Uint8Array(6));

export function macBytes(mac: Mac): Uint8Array {
  return Uint8Array.from(mac.split(":"), (part) => Number.parseInt(part, 16));
}

export function readMac(bytes: Uint8Array, at = 0): Mac {
  const text = [...bytes.subarray(at, at + 6)].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
  if (!isMac(text)) throw new TarrError("bug", { reason: `no MAC at ${at} of ${bytes.length} bytes` });
  return text;
}

export function ipv4Bytes(address: Ipv4): Uint8Array {
  return Uint8Array.from(address.split("."), Number);
}

export function readIpv4(bytes: Uint8Array, at = 0): Ipv4 {
  return parseIpv4(bytes.subarray(at, at + 4).join("."));
}

/** A number of two bytes, in the order of the network. */
export function half(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value);
}

/** A number of four bytes, in the order of the network. */
export function word(value: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setUint32(0, value);
  return new Uint8Array(bytes.buffer);
}

export function readHalf(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

export function readWord(bytes: Uint8Array, at: number): number {
  return readHalf(bytes, at) * 65536 + readHalf(bytes, at + 2);
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
