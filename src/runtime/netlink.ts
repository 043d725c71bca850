import { ptr } from "bun:ffi";
import { getSystemErrorName } from "node:util";
import { lastError, libc } from "./libc.ts";

/**
 * Lists of the kernel's own, asked as ip(8) asks (rtnetlink(7)). A program less for each command that is typed: of the
 * 7 ms that the service took to say how the switch is, `ip` was 6.
 */

// socket.h and netlink.h of Linux on amd64 and arm64
const afNetlink = 16;
const sockRaw = 3;
const sockCloexec = 0o2000000;
const netlinkRoute = 0;
const msgDontwait = 0x40;
const requestDump = 0x301;
const flagInterrupted = 0x10;
const typeError = 2;
const typeDone = 3;
const headerLength = 16;

/** The kernel fills at most 32 KiB at a time, if there is room for them. */
const room = 65_536;
/** A list that changed while it was told is asked for anew. */
const mostAttempts = 20;

/**
 * Every message of one list, without its header.
 *
 * @param type RTM_GETLINK and the like
 * @param request what follows the header: struct ifinfomsg and the like
 * @throws Error with the reason, as errno(3) names it
 */
export function netlinkList(type: number, request: Uint8Array): readonly Uint8Array[] {
  const descriptor = libc().socket(afNetlink, sockRaw | sockCloexec, netlinkRoute);
  if (descriptor < 0) throw failure(lastError());
  try {
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      const list = ask(descriptor, type, request);
      if (list !== null) return list;
    }
    throw failure(lastError());
  } finally {
    libc().close(descriptor);
  }
}

/** Null when the list changed while it was told. */
function ask(descriptor: number, type: number, request: Uint8Array): readonly Uint8Array[] | null {
  const message = new Uint8Array(headerLength + request.length);
  const header = new DataView(message.buffer);
  header.setUint32(0, message.length, true);
  header.setUint16(4, type, true);
  header.setUint16(6, requestDump, true);
  message.set(request, headerLength);
  if (Number(libc().sendto(descriptor, ptr(message), message.length, 0, null, 0)) < 0) throw failure(lastError());
  const found: Uint8Array[] = [];
  const buffer = new Uint8Array(room);
  let whole = true;
  for (;;) {
    // The kernel answers before it returns: a list that ends without its last word never gets one.
    const size = Number(libc().recvfrom(descriptor, ptr(buffer), room, msgDontwait, null, null));
    if (size < headerLength) throw failure(size < 0 ? lastError() : 0);
    for (const one of messages(buffer.subarray(0, size))) {
      whole &&= (one.flags & flagInterrupted) === 0;
      if (one.type === typeDone) return whole ? found : null;
      if (one.type === typeError) throw failure(-one.body.getInt32(0, true));
      found.push(new Uint8Array(one.body.buffer));
    }
  }
}

function* messages(bytes: Uint8Array): Generator<{ type: number; flags: number; body: DataView<ArrayBuffer> }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + headerLength <= bytes.length;) {
    const length = view.getUint32(at, true);
    if (length < headerLength) throw failure(0);
    // A copy: the next answer takes the same place.
    const body = new DataView(bytes.slice(at + headerLength, at + length).buffer);
    yield { type: view.getUint16(at + 4, true), flags: view.getUint16(at + 6, true), body };
    at += (length + 3) & ~3;
  }
}

function failure(error: number): Error {
  return new Error(error > 0 ? getSystemErrorName(-error) : "?");
}
