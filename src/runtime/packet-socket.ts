import { ptr } from "bun:ffi";
import { getSystemErrorName } from "node:util";
import { TarrError } from "../error.ts";
import { lastError, libc, solSocket } from "./libc.ts";

/** What kind of frames is wanted: an EtherType, or all, those that this host sends included (packet(7)). */
export type EtherType = number | "all";

export type PacketSocketPlan = {
  readonly interface: string;
  readonly etherType: EtherType;
  /** Frames are handed over one at a time, each in bytes of its own, at most `frameLimit` of them. */
  readonly onFrame: (frame: Uint8Array, outgoing: boolean) => void;
  /** A program of packet-filter.ts. */
  readonly filter?: Uint8Array;
  /** Milliseconds between two looks; 100 if not said. */
  readonly every?: number;
};

export type PacketSocket = {
  /** @returns false when the frame did not leave: the interface is down or gone, or its queue full */
  readonly send: (frame: Uint8Array) => boolean;
  /** False once the interface is gone, and after `close`: nothing comes any more. */
  readonly isOpen: () => boolean;
  readonly close: () => void;
};

// socket.h, if_packet.h and filter.h of Linux on amd64 and arm64
const afPacket = 17;
const sockRaw = 3;
const sockNonblock = 0o4000;
const sockCloexec = 0o2000000;
const soError = 4;
const soAttachFilter = 26;
const allProtocols = 0x0003;
const packetOutgoing = 4;
const addressLength = 20;
export const noDevice = 19;

/** The longest of the messages that we read (DHCP, ARP, DNS) are far shorter; of others we read the head. */
const frameLimit = 2048;
/** The most frames of one look: a flood fills the kernel's queue, which drops, and not our time. */
const framesAtOnce = 512;
const usualPause = 100;

/**
 * Opens an interface for frames of our own making. It is looked at now and then by a timer that keeps no process alive;
 * an interface that is down for a while is waited for.
 *
 * @throws TarrError `packet-socket-failed`: no such interface, or no right (CAP_NET_RAW)
 */
export function openPacketSocket(plan: PacketSocketPlan): PacketSocket {
  const index = indexOf(plan.interface);
  if (index === 0) throw socketFailure(plan, noDevice);
  const descriptor = openRaw(plan);
  try {
    // Until it is bound nothing arrives: no frame of another interface, or that the filter would not let pass.
    if (plan.filter !== undefined) attach(plan, descriptor, plan.filter);
    const address = linkAddress(plan.etherType, index);
    if (libc().bind(descriptor, ptr(address), addressLength) !== 0) throw socketFailure(plan, lastError());
  } catch (error) {
    libc().close(descriptor);
    throw error;
  }
  return serve(plan, { descriptor, index });
}

/** A socket that hears nothing until it is bound. */
export function openRaw(of: Named): number {
  const descriptor = libc().socket(afPacket, sockRaw | sockNonblock | sockCloexec, 0);
  if (descriptor < 0) throw socketFailure(of, lastError());
  return descriptor;
}

function serve(
  plan: PacketSocketPlan,
  { descriptor, index }: { readonly descriptor: number; readonly index: number },
): PacketSocket {
  let open = true;
  let doubtful = false;
  const take = receiver(descriptor);
  const close = () => {
    if (!open) return;
    open = false;
    clearInterval(timer);
    libc().close(descriptor);
  };
  const look = () => {
    // One that goes down tells it once, and when it goes for good after that, nothing.
    doubtful ||= pendingError(descriptor) !== 0;
    if (doubtful && indexOf(plan.interface) !== index) return close();
    for (let count = 0; open && count < framesAtOnce; count += 1) {
      const taken = take();
      if (taken === null) return;
      doubtful = false;
      plan.onFrame(taken.frame, taken.outgoing);
    }
  };
  const timer = setInterval(look, plan.every ?? usualPause);
  timer.unref();
  return {
    isOpen: () => open,
    close,
    send: (frame) =>
      open && Number(libc().sendto(descriptor, ptr(frame), frame.byteLength, 0, null, 0)) === frame.byteLength,
  };
}

/** Takes the next frame that waits; null when none does. */
function receiver(descriptor: number): () => { frame: Uint8Array; outgoing: boolean } | null {
  const buffer = new Uint8Array(frameLimit);
  const address = new Uint8Array(addressLength);
  const length = new Uint32Array(1);
  return () => {
    length[0] = addressLength;
    const size = Number(libc().recvfrom(descriptor, ptr(buffer), frameLimit, 0, ptr(address), ptr(length)));
    if (size < 0) return null;
    // struct sockaddr_ll: family, protocol, index, hardware type, packet type
    return { frame: buffer.slice(0, size), outgoing: address[10] === packetOutgoing };
  };
}

export function linkAddress(etherType: EtherType, index: number): Uint8Array {
  const address = new DataView(new ArrayBuffer(addressLength));
  address.setUint16(0, afPacket, true);
  address.setUint16(2, etherType === "all" ? allProtocols : etherType);
  address.setInt32(4, index, true);
  return new Uint8Array(address.buffer);
}

function attach(plan: PacketSocketPlan, descriptor: number, filter: Uint8Array): void {
  // struct sock_fprog: the number of instructions, and where they are
  const program = new DataView(new ArrayBuffer(16));
  program.setUint16(0, filter.byteLength / 8, true);
  program.setBigUint64(8, BigInt(ptr(filter)), true);
  const option = new Uint8Array(program.buffer);
  if (libc().setsockopt(descriptor, solSocket, soAttachFilter, ptr(option), 16) !== 0)
    throw socketFailure(plan, lastError());
}

export function pendingError(descriptor: number): number {
  const error = new Int32Array(1);
  const length = new Uint32Array([4]);
  libc().getsockopt(descriptor, solSocket, soError, ptr(error), ptr(length));
  return error[0] ?? 0;
}

/** An interface's number; 0 when there is none of that name. */
export function indexOf(name: string): number {
  return libc().if_nametoindex(Buffer.from(`${name}\0`));
}

type Named = Pick<PacketSocketPlan, "interface">;

export function socketFailure(plan: Named, error: number): TarrError {
  const reason = error === 0 ? "?" : getSystemErrorName(-error);
  return new TarrError("packet-socket-failed", { interface: plan.interface, reason });
}
