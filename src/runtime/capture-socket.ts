import { ptr } from "bun:ffi";
import { lastError, libc, solSocket } from "./libc.ts";
import { indexOf, linkAddress, noDevice, openRaw, pendingError, socketFailure } from "./packet-socket.ts";

/** A frame as it passed an interface, in whichever direction. */
export type CapturedFrame = {
  /** At most `snapLength` bytes of it. */
  readonly bytes: Uint8Array;
  readonly length: number;
  /** By the kernel's clock, when it passed. */
  readonly seconds: number;
  readonly microseconds: number;
};

export type CaptureSocket = {
  /** The next frame that waits; null when none does. */
  readonly take: () => CapturedFrame | null;
  /** Frames that the kernel had no room for, since the socket was opened. */
  readonly dropped: () => number;
  /** False once the interface is gone. */
  readonly isOpen: () => boolean;
  readonly close: () => void;
};

export const snapLength = 65_535;

/** Frames that wait for us are the kernel's to keep: this much of them, and what is more is dropped and counted. */
const waitingBytes = 4 * 1024 * 1024;

// socket.h and if_packet.h of Linux on amd64 and arm64
const solPacket = 263;
const soReceiveBufferForce = 33;
const soTimestampNs = 35;
const packetStatistics = 6;
const packetAuxiliary = 8;
const msgTruncated = 0x20;
const vlanValid = 1 << 4;
const vlanTypeValid = 1 << 6;
const usualVlanType = 0x8100;

/**
 * Opens an interface to see all its frames. Nothing is read but by `take`: whoever does not take makes the kernel drop,
 * and not us grow.
 *
 * @throws TarrError `packet-socket-failed`
 */
export function openCaptureSocket(name: string): CaptureSocket {
  const plan = { interface: name };
  const index = indexOf(name);
  if (index === 0) throw socketFailure(plan, noDevice);
  const descriptor = openRaw(plan);
  try {
    option(descriptor, [solSocket, soReceiveBufferForce], waitingBytes);
    option(descriptor, [solSocket, soTimestampNs], 1);
    option(descriptor, [solPacket, packetAuxiliary], 1);
    const address = linkAddress("all", index);
    if (libc().bind(descriptor, ptr(address), address.byteLength) !== 0) throw socketFailure(plan, lastError());
  } catch (error) {
    libc().close(descriptor);
    throw error;
  }
  return serve(name, { descriptor, index });
}

function serve(
  name: string,
  { descriptor, index }: { readonly descriptor: number; readonly index: number },
): CaptureSocket {
  let open = true;
  let dropped = 0;
  const take = receiver(descriptor);
  const count = () => {
    // struct tpacket_stats: packets, drops; reading sets them to zero
    const counts = new Uint32Array(2);
    const length = new Uint32Array([8]);
    if (open) libc().getsockopt(descriptor, solPacket, packetStatistics, ptr(counts), ptr(length));
    dropped += counts[1] ?? 0;
    return dropped;
  };
  const close = () => {
    if (!open) return;
    count();
    open = false;
    libc().close(descriptor);
  };
  return {
    take: () => (open ? take() : null),
    dropped: count,
    isOpen: () => {
      // One that only goes down tells an error too, and is waited for.
      if (open && pendingError(descriptor) !== 0 && indexOf(name) !== index) close();
      if (open && indexOf(name) !== index) close();
      return open;
    },
    close,
  };
}

/** Room for one frame and what the kernel tells of it: struct msghdr, struct iovec, and control messages. */
function receiver(descriptor: number): () => CapturedFrame | null {
  const buffer = new Uint8Array(snapLength);
  const control = new DataView(new ArrayBuffer(128));
  const part = new BigUint64Array([BigInt(ptr(buffer)), BigInt(snapLength)]);
  const header = new DataView(new ArrayBuffer(56));
  header.setBigUint64(16, BigInt(ptr(part)), true);
  header.setBigUint64(24, 1n, true);
  header.setBigUint64(32, BigInt(ptr(new Uint8Array(control.buffer))), true);
  const message = new Uint8Array(header.buffer);
  return () => {
    header.setBigUint64(40, BigInt(control.byteLength), true);
    const length = Number(libc().recvmsg(descriptor, ptr(message), msgTruncated));
    // `part` and `buffer` are named here so that they live as long as the kernel is handed their places.
    if (length < 0 || part.length === 0) return null;
    const told = readControl(control, Number(header.getBigUint64(40, true)));
    const bytes = buffer.slice(0, Math.min(length, snapLength));
    return { ...(told.tag === null ? { bytes, length } : withTag({ bytes, length }, told.tag)), ...told.time };
  };
}

type Told = { time: { seconds: number; microseconds: number }; tag: { type: number; value: number } | null };

function readControl(control: DataView, end: number): Told {
  const told: Told = { time: { seconds: 0, microseconds: 0 }, tag: null };
  for (let at = 0; at + 16 <= end;) {
    const size = Number(control.getBigUint64(at, true));
    const [level, type] = [control.getInt32(at + 8, true), control.getInt32(at + 12, true)];
    if (size < 16) break;
    if (level === solSocket && type === soTimestampNs) {
      const seconds = Number(control.getBigInt64(at + 16, true));
      told.time = { seconds, microseconds: Math.floor(Number(control.getBigInt64(at + 24, true)) / 1000) };
    }
    if (level === solPacket && type === packetAuxiliary) told.tag = readTag(control, at + 16);
    at += Math.ceil(size / 8) * 8;
  }
  return told;
}

/** The kernel takes a VLAN's tag out of the frame, and tells it beside (struct tpacket_auxdata). */
function readTag(control: DataView, at: number): Told["tag"] {
  const status = control.getUint32(at, true);
  if ((status & vlanValid) === 0) return null;
  const type = (status & vlanTypeValid) === 0 ? usualVlanType : control.getUint16(at + 18, true);
  return { type, value: control.getUint16(at + 16, true) };
}

function withTag(frame: { bytes: Uint8Array; length: number }, tag: { type: number; value: number }) {
  const words = [tag.type >> 8, tag.type & 0xff, tag.value >> 8, tag.value & 0xff];
  const bytes = new Uint8Array([...frame.bytes.subarray(0, 12), ...words, ...frame.bytes.subarray(12)]);
  return { bytes: bytes.subarray(0, snapLength), length: frame.length + 4 };
}

function option(descriptor: number, [level, name]: readonly [number, number], value: number): void {
  libc().setsockopt(descriptor, level, name, ptr(new Int32Array([value])), 4);
}
