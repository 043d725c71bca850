import type { Mac } from "../../model/names.ts";
import { half, join, macBytes, readHalf, readMac } from "./bytes.ts";

export const etherTypes = { ipv4: 0x0800, arp: 0x0806 } as const;
const headerLength = 14;
/** IEEE 802.3: a frame is at least 60 bytes long, without its checksum. */
const leastLength = 60;

export type EthernetFrame = {
  readonly to: Mac;
  readonly from: Mac;
  readonly type: number;
  readonly payload: Uint8Array;
};

export function buildEthernet({ to, from, type, payload }: EthernetFrame): Uint8Array {
  const frame = join(macBytes(to), macBytes(from), half(type), payload);
  return frame.length >= leastLength ? frame : join(frame, new Uint8Array(leastLength - frame.length));
}

/** Null for what is no whole header. A payload may have padding behind it. */
export function parseEthernet(frame: Uint8Array): EthernetFrame | null {
  if (frame.length < headerLength) return null;
  return {
    to: readMac(frame, 0),
    from: readMac(frame, 6),
    type: readHalf(frame, 12),
    payload: frame.subarray(headerLength),
  };
}
