import { chmod, mkdir, rm } from "node:fs/promises";
import type { Server } from "node:net";
import { connect } from "node:net";
import { socketPath } from "../api/types.ts";
import { switchMac } from "../host/identity.ts";
import { linuxHost } from "../host/linux-host.ts";
import { documentPath } from "../model/document.ts";
import { notifySystemd, peerUid } from "../runtime/libc.ts";
import { findCaller } from "./access.ts";
import { log } from "./journal.ts";
import { handlers } from "./methods.ts";
import { namePublisher } from "./names.ts";
import { keepRepaired } from "./repair.ts";
import { usernetKeeper } from "./usernet.ts";
import type { Identify } from "./server.ts";
import { varlinkServer } from "./server.ts";
import { createService, start } from "./service.ts";
import type { Folders } from "./state.ts";

const folders: Folders = { state: "/var/lib/tarr-steps", runtime: "/run/tarr-steps", document: documentPath };

/** The service: its parts put together, the host put right, and then requests. Runs until it is told to end. */
export async function daemon(version: string): Promise<number> {
  if (!isActivated() && (await answers())) {
    log("error", `another tarr-stepsd answers at ${socketPath}: this one ends, so that two never work on one host`);
    return 1;
  }
  await mkdir(`${folders.runtime}/dnsmasq`, { recursive: true });
  const world = {
    host: linuxHost(folders.runtime),
    folders,
    macOf: await switchMac(),
    publish: namePublisher(),
    keepUsernet: usernetKeeper(),
  };
  const service = createService(world, version);
  // In the row before any request: whoever calls while we start waits, and then sees the host as it should be.
  const started = service.flight(() => start(service)).catch((error: unknown) => log("error", String(error)));
  const server = varlinkServer({ handlers: handlers(service), identify, findCaller, version });
  await listen(server);
  await started;
  notifySystemd("READY=1");
  const endRepairs = keepRepaired(service);
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        notifySystemd("STOPPING=1");
        endRepairs();
        // What is under way is brought to its end; switch, ports and name service stay as they are.
        void service.flight(() => Promise.resolve()).then(() => resolve(0));
      });
    }
  });
}

/** The descriptor of a connection is no part of Node's interface; whoever cannot be identified is turned away. */
const identify: Identify = (socket) => {
  const handle = (socket as { _handle?: { fd?: unknown } })._handle;
  return typeof handle?.fd === "number" ? peerUid(handle.fd) : null;
};

/** systemd's socket where it gives one (sd_listen_fds(3)), else our own. */
async function listen(server: Server): Promise<void> {
  if (isActivated()) {
    await new Promise<void>((resolve) => server.listen({ fd: 3 }, resolve));
    return;
  }
  await rm(socketPath, { force: true });
  await new Promise<void>((resolve) => server.listen({ path: socketPath }, resolve));
  // Everybody may ask; who may do what is decided for each request.
  await chmod(socketPath, 0o666);
}

function isActivated(): boolean {
  return process.env["LISTEN_PID"] === String(process.pid) && process.env["LISTEN_FDS"] === "1";
}

function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
