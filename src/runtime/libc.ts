import { dlopen, ptr, read } from "bun:ffi";

/**
 * The few calls of the C library that neither Node's nor Bun's own interfaces have. Opened when first used: most commands
 * need none of them, and pay nothing.
 */
function openLibc() {
  return dlopen("libc.so.6", {
    getsockopt: { args: ["int", "int", "int", "ptr", "ptr"], returns: "int" },
    setsockopt: { args: ["int", "int", "int", "ptr", "u32"], returns: "int" },
    bind: { args: ["int", "ptr", "u32"], returns: "int" },
    recvfrom: { args: ["int", "ptr", "u64", "int", "ptr", "ptr"], returns: "i64" },
    recvmsg: { args: ["int", "ptr", "int"], returns: "i64" },
    if_nametoindex: { args: ["cstring"], returns: "u32" },
    __errno_location: { args: [], returns: "ptr" },
    socket: { args: ["int", "int", "int"], returns: "int" },
    sendto: { args: ["int", "ptr", "u64", "int", "ptr", "u32"], returns: "i64" },
    close: { args: ["int"], returns: "int" },
    poll: { args: ["ptr", "u64", "int"], returns: "int" },
    flock: { args: ["int", "int"], returns: "int" },
    renameat2: { args: ["int", "cstring", "int", "cstring", "u32"], returns: "int" },
  }).symbols;
}

let opened: ReturnType<typeof openLibc> | null = null;

export function libc(): ReturnType<typeof openLibc> {
  opened ??= openLibc();
  return opened;
}

/** Why the call before this one failed (errno(3)); 0 when that cannot be told. */
export function lastError(): number {
  const place = libc().__errno_location();
  return place === null ? 0 : read.i32(place, 0);
}

// socket.h of Linux on amd64 and arm64
export const solSocket = 1;
const soPeercred = 17;
const noUid = 0xffff_ffff;
const afUnix = 1;
const sockDgram = 2;
const msgNosignal = 0x4000;

/**
 * The uid at the other end of a connected unix socket, as it was when it connected (unix(7), SO_PEERCRED).
 *
 * @returns null when the kernel does not say: whoever asks must then refuse
 */
export function peerUid(descriptor: number): number | null {
  // A uid has no sign: directory servers give some of 2^31 and more. The one that stands for none is all ones.
  const credentials = new Uint32Array(3);
  const length = new Int32Array([credentials.byteLength]);
  const status = libc().getsockopt(descriptor, solSocket, soPeercred, ptr(credentials), ptr(length));
  // struct ucred: pid, uid, gid. The pid may be another process's by now, and is not looked at.
  const uid = credentials[1];
  return status === 0 && length[0] === credentials.byteLength && uid !== undefined && uid !== noUid ? uid : null;
}

const pollHangUp = 0x10;

/**
 * Whether the other end of a connected socket is closed both ways (poll(2), POLLHUP). One that has only said all that it
 * wants to say still reads what it is answered.
 */
export function hasHungUp(descriptor: number): boolean {
  // struct pollfd: the descriptor, the events that are asked for, and those that there are; of this one nobody has to ask.
  const asked = new DataView(new ArrayBuffer(8));
  asked.setInt32(0, descriptor, true);
  const { poll } = libc();
  return poll(ptr(asked.buffer), 1, 0) > 0 && (asked.getInt16(6, true) & pollHangUp) !== 0;
}

/** Tells systemd how far we are (sd_notify(3)); does nothing where nobody listens. */
export function notifySystemd(state: string): void {
  const path = process.env["NOTIFY_SOCKET"];
  if (path === undefined || path.length === 0 || path.length > 107) return;
  // A leading @ is the abstract namespace's zero byte.
  sendDatagram(path.startsWith("@") ? `\0${path.slice(1)}` : path, new TextEncoder().encode(state), 0);
}

const msgDontwait = 0x40;

/**
 * One entry for systemd's journal, in its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL). Its service has a queue of
 * its own for each sender; when it is full this does not wait.
 *
 * @param fields names of capitals, digits and underscores
 * @returns whether the journal took it
 */
export function sendToJournal(fields: Readonly<Record<string, string>>): boolean {
  const text = Object.entries(fields).map(([name, value]) => `${name}=${value.replaceAll("\n", " ")}\n`);
  return sendDatagram("/run/systemd/journal/socket", new TextEncoder().encode(text.join("")), msgDontwait);
}

function sendDatagram(path: string, message: Uint8Array, flags: number): boolean {
  const address = new Uint8Array(110);
  new DataView(address.buffer).setUint16(0, afUnix, true);
  new TextEncoder().encodeInto(path, address.subarray(2));
  const descriptor = libc().socket(afUnix, sockDgram, 0);
  if (descriptor < 0) return false;
  const length = 2 + path.length;
  const sent = libc().sendto(descriptor, ptr(message), message.byteLength, msgNosignal | flags, ptr(address), length);
  libc().close(descriptor);
  return Number(sent) === message.byteLength;
}

const lockExclusive = 2;
const lockAtOnce = 4;
/** errno(3) of a file system that knows no locks: EINVAL, ENOLCK, ENOSYS, EOPNOTSUPP. */
const withoutLocks: readonly number[] = [22, 37, 38, 95];

/**
 * Locks an open file for this process until it is closed, or the process ends in any way: flock(2). Programs that we start
 * do not inherit it. Where a file system knows no locks, it counts as locked: whoever works there alone is not refused.
 *
 * @returns false when another has it
 */
export function lockFile(descriptor: number): boolean {
  return libc().flock(descriptor, lockExclusive | lockAtOnce) === 0 || withoutLocks.includes(lastError());
}

const atCurrentDirectory = -100;
const renameExchange = 2;

/** Two paths change places in one step: renameat2(2) with RENAME_EXCHANGE. False when it did not happen. */
export function exchangePaths(one: string, other: string): boolean {
  const path = (text: string) => Buffer.from(`${text}\0`);
  const { renameat2 } = libc();
  return renameat2(atCurrentDirectory, path(one), atCurrentDirectory, path(other), renameExchange) === 0;
}
