import { dlopen, ptr } from "bun:ffi";

/**
 * The few calls of the C library that neither Node's nor Bun's own interfaces have. Opened when first used: the
 * command line needs none of them, and pays nothing.
 */
function openLibc() {
  return dlopen("libc.so.6", {
    getsockopt: { args: ["int", "int", "int", "ptr", "ptr"], returns: "int" },
    socket: { args: ["int", "int", "int"], returns: "int" },
    sendto: { args: ["int", "ptr", "u64", "int", "ptr", "u32"], returns: "i64" },
    close: { args: ["int"], returns: "int" },
    renameat2: { args: ["int", "cstring", "int", "cstring", "u32"], returns: "int" },
  }).symbols;
}

let opened: ReturnType<typeof openLibc> | null = null;

function libc(): ReturnType<typeof openLibc> {
  opened ??= openLibc();
  return opened;
}

// socket.h of Linux on amd64 and arm64
const solSocket = 1;
const soPeercred = 17;
const afUnix = 1;
const sockDgram = 2;
const msgNosignal = 0x4000;

/**
 * The uid at the other end of a connected unix socket, as it was when it connected (unix(7), SO_PEERCRED).
 *
 * @returns null when the kernel does not say: whoever asks must then refuse
 */
export function peerUid(descriptor: number): number | null {
  const credentials = new Int32Array(3);
  const length = new Int32Array([credentials.byteLength]);
  const status = libc().getsockopt(descriptor, solSocket, soPeercred, ptr(credentials), ptr(length));
  // struct ucred: pid, uid, gid. The pid may be another process's by now, and is not looked at.
  const uid = credentials[1];
  return status === 0 && length[0] === credentials.byteLength && uid !== undefined && uid >= 0 ? uid : null;
}

/** Tells systemd how far we are (sd_notify(3)); does nothing where nobody listens. */
export function notifySystemd(state: string): void {
  const path = process.env["NOTIFY_SOCKET"];
  if (path === undefined || path.length === 0 || path.length > 107) return;
  const address = new Uint8Array(110);
  new DataView(address.buffer).setUint16(0, afUnix, true);
  // A leading @ is the abstract namespace's zero byte.
  new TextEncoder().encodeInto(path.startsWith("@") ? `\0${path.slice(1)}` : path, address.subarray(2));
  const descriptor = libc().socket(afUnix, sockDgram, 0);
  if (descriptor < 0) return;
  const message = new TextEncoder().encode(state);
  libc().sendto(descriptor, ptr(message), message.byteLength, msgNosignal, ptr(address), 2 + path.length);
  libc().close(descriptor);
}

const atCurrentDirectory = -100;
const renameExchange = 2;

/** Two paths change places in one step: renameat2(2) with RENAME_EXCHANGE. False when it did not happen. */
export function exchangePaths(one: string, other: string): boolean {
  const path = (text: string) => Buffer.from(`${text}\0`);
  const { renameat2 } = libc();
  return renameat2(atCurrentDirectory, path(one), atCurrentDirectory, path(other), renameExchange) === 0;
}
