/** Frames in the form of libpcap's files (pcap-savefile(5)), which tcpdump, tshark and Wireshark read. */

export type PcapFrame = {
  readonly bytes: Uint8Array;
  /** Of the whole frame: `bytes` may be the beginning alone. */
  readonly length: number;
  readonly seconds: number;
  readonly microseconds: number;
};

const magic = 0xa1b2c3d4;
const ethernet = 1;

/** What such a file begins with. */
export function pcapHeader(snapLength: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(24));
  view.setUint32(0, magic, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, snapLength, true);
  view.setUint32(20, ethernet, true);
  return new Uint8Array(view.buffer);
}

export function pcapRecord(frame: PcapFrame): Uint8Array {
  const record = new Uint8Array(16 + frame.bytes.length);
  const view = new DataView(record.buffer);
  view.setUint32(0, frame.seconds, true);
  view.setUint32(4, frame.microseconds, true);
  view.setUint32(8, frame.bytes.length, true);
  view.setUint32(12, frame.length, true);
  record.set(frame.bytes, 16);
  return record;
}
