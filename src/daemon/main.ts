import { chmod, mkdir, rm } from "node:fs/promises";
import type { Server, Socket } from "node:net";
import { connect } from "node:net";
import { uptime } from "node:os";
import { socketPath } from "../api/socket.ts";
import { probeOwners } from "../host/arp/probe.ts";
import { readIdentity } from "../host/identity.ts";
import { switchProbes } from "../host/probe/probes.ts";
import { linuxHost } from "../host/linux-host.ts";
import { documentPath } from "../model/document.ts";
import { compileWhatIsUsed } from "../runtime/jit.ts";
import { hasHungUp, notifySystemd, peerUid } from "../runtime/libc.ts";
import { findCaller } from "./access.ts";
import { log } from "./journal.ts";
import { handlers } from "./methods.ts";
import type { Publish } from "./names.ts";
import { namePublisher } from "./names.ts";
import { learnedPlaces } from "./learned.ts";
import { lanGuard } from "./lan-guard.ts";
import { lanLeases } from "./lan-leases.ts";
import { lanDhcp, lanSegment } from "./lan-segment.ts";
import { keepRepaired } from "./repair.ts";
import { usernetKeeper } from "./usernet.ts";
import type { Identify, IsGone } from "./server.ts";
import { varlinkServer } from "./server.ts";
import { vmwareTeller } from "./vmware.ts";
import type { World } from "./reconcile.ts";
import { seenAddresses } from "./seen.ts";
import { createService, start, wantedNow } from "./service.ts";
import type { Folders } from "./state.ts";
import { interruptTrial, resumeTrial } from "./trial.ts";

const folders: Folders = { state: "/var/lib/tarr-steps", runtime: "/run/tarr-steps", document: documentPath };

/** The service: its parts put together, the host put right, and then requests. Runs until it is told to end. */
export async function daemon(version: string): Promise<number> {
  compileWhatIsUsed();
  if (!isActivated() && (await answers())) {
    log("error", `another tarr-stepsd answers at ${socketPath}: this one ends, so that two never work on one host`);
    return 1;
  }
  await mkdir(`${folders.runtime}/dnsmasq`, { recursive: true });
  let look: () => void = () => undefined;
  const leases = lanLeases({ folders, dhcp: lanDhcp, onChange: () => look() });
  const seen = seenAddresses({
    path: `${folders.runtime}/seen.json`,
    onChange: () => void wantedNow(world).then((wanted) => world.publish(wanted, false)),
  });
  const world: World = {
    host: linuxHost(folders.runtime),
    folders,
    ...(await readIdentity()),
    publish: inTurn(namePublisher(seen.leases), vmwareTeller()),
    keepUsernet: usernetKeeper(),
    lan: lanSegment(
      leases,
      lanGuard(() => leases.recheck()),
    ),
    learned: learnedPlaces(),
    probes: switchProbes,
    seen,
    trial: {
      seconds: 60,
      patience: 5,
      uptime,
      answers: async ({ address, ...place }) => (await probeOwners({ ...place, addresses: [address] })).has(address),
    },
  };
  const service = createService(world, version);
  // In the row before any request: whoever calls while we start waits, and then sees the host as it should be.
  const started = service.flight(() => start(service)).catch((error: unknown) => log("error", String(error)));
  const server = varlinkServer({ handlers: handlers(service), identify, isGone, findCaller, version });
  await listen(server);
  await started;
  await resumeTrial(service);
  notifySystemd("READY=1");
  const repairs = keepRepaired(service);
  look = repairs.soon;
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        notifySystemd("STOPPING=1");
        repairs.end();
        leases.close();
        // What is under way is brought to its end; switch, ports and name service stay as they are. What is on trial does
        // not: nobody would be here to take it back.
        const last = service.flight(() => interruptTrial(world));
        void last.catch((error: unknown) => log("error", String(error))).then(() => resolve(0));
      });
    }
  });
}

function inTurn(...all: readonly Publish[]): Publish {
  return (wanted, anew) => {
    for (const publish of all) publish(wanted, anew);
  };
}

/** The descriptor of a connection is no part of Node's interface. */
function descriptorOf(socket: Socket): number | null {
  const handle = (socket as { _handle?: { fd?: unknown } | null })._handle;
  return typeof handle?.fd === "number" && handle.fd >= 0 ? handle.fd : null;
}

/** Whoever cannot be identified is turned away. */
const identify: Identify = (socket) => {
  const descriptor = descriptorOf(socket);
  return descriptor === null ? null : peerUid(descriptor);
};

/** Bun lets go of the descriptor once it has seen the hang-up itself. */
const isGone: IsGone = (socket) => {
  const descriptor = descriptorOf(socket);
  return descriptor === null || hasHungUp(descriptor);
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

/** How long another service may take to say who it is. */
const answerPatience = 1_000;

/**
 * Whether a service answers, and not merely whether somebody still holds its socket: a program that a killed service was
 * just starting does, until it runs.
 */
function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath, () => socket.write('{"method":"org.varlink.service.GetInfo"}\0'));
    const end = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.on("data", () => end(true));
    socket.on("error", () => end(false)).on("close", () => end(false));
    socket.setTimeout(answerPatience, () => end(false));
  });
}
