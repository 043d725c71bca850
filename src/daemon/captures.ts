import type { Reply } from "../api/types.ts";
import { TarrError } from "../error.ts";
import { pcapHeader, pcapRecord } from "../host/packet/pcap.ts";
import { providerTraits } from "../model/machine.ts";
import type { InterfaceName } from "../model/names.ts";
import type { Network } from "../model/network.ts";
import type { Caller } from "../model/policy.ts";
import type { Port } from "../model/port.ts";
import { placeOf } from "../plan/cables.ts";
import { surroundings } from "../plan/uplink.ts";
import type { CaptureSocket } from "../runtime/capture-socket.ts";
import { openCaptureSocket, snapLength } from "../runtime/capture-socket.ts";
import { ownPort } from "./cables.ts";
import { audit } from "./journal.ts";
import type { Wanted } from "./reconcile.ts";
import type { Service } from "./service.ts";

export type CaptureRequest = {
  readonly id: string;
  readonly count: number | null;
  readonly seconds: number | null;
};

/** Hands one more part of an answer to the caller. @returns false when there is nobody any more */
export type Tell = (part: Reply<"Capture">) => Promise<boolean>;

/** Each costs a look at its socket fifty times a second. */
const capturesPerUser = 4;
const lookEvery = 20;
/** Something is said at least so often: it is how we learn that nobody listens any more. */
const sayEvery = 1_000;
/** Of one look, so that a flood on one port does not keep the service from all else. */
const framesAtOnce = 512;
const bytesAtOnce = 256 * 1024;

/** Sends the frames of ports to their owners, each in an answer of many parts. */
export function capturing(service: Service) {
  const running = new Map<number, number>();
  return async (caller: Caller, request: CaptureRequest, tell: Tell): Promise<Reply<"Capture">> => {
    const { port, now, network } = await ownPort(service, caller, { id: request.id, verb: "capture" });
    const count = running.get(caller.uid) ?? 0;
    if (count >= capturesPerUser) throw new TarrError("captures-many", { user: caller.name, count: String(count) });
    running.set(caller.uid, count + 1);
    try {
      const place = await interfaceOfPort(service, { port, network, now });
      audit(caller, `port capture ${port.id} ${port.name} on ${place}`, "begun");
      return await hand(openCaptureSocket(place), request, tell);
    } finally {
      running.set(caller.uid, (running.get(caller.uid) ?? 1) - 1);
    }
  };
}

type Whose = { readonly port: Port; readonly network: Network; readonly now: Wanted };

async function interfaceOfPort({ world }: Service, { port, network, now }: Whose): Promise<InterfaceName> {
  const { joins } = providerTraits[port.kind];
  if (joins === "tap") return port.interface;
  // What passes there is others' too.
  if (joins === "hook") throw new TarrError("port-shared", { name: port.name });
  const [observed, places] = await Promise.all([world.host.glance(), world.learned(now)]);
  const link = placeOf(port, network, { links: surroundings(observed).links, places });
  if (link === undefined) throw new TarrError("port-no-place", { name: port.name });
  return link.name;
}

/** What the caller does not take stays with the kernel, which drops what is too much and counts it. */
async function hand(socket: CaptureSocket, request: CaptureRequest, tell: Tell): Promise<Reply<"Capture">> {
  try {
    return await handOver(socket, request, tell);
  } finally {
    socket.close();
  }
}

async function handOver(
  socket: CaptureSocket,
  { count, seconds }: CaptureRequest,
  tell: Tell,
): Promise<Reply<"Capture">> {
  const end = performance.now() + (seconds ?? Infinity) * 1000;
  let frames = 0;
  let said = performance.now();
  const part = (pcap: Uint8Array) => ({
    pcap: Buffer.from(pcap).toString("base64"),
    frames,
    dropped: socket.dropped(),
  });
  let listening = await tell(part(pcapHeader(snapLength)));
  while (listening && performance.now() < end && socket.isOpen()) {
    const records = take(socket, (count ?? Infinity) - frames);
    frames += records.length;
    if (count !== null && frames >= count) return part(Buffer.concat(records));
    const isFull = records.length >= framesAtOnce;
    if (records.length > 0 || performance.now() - said >= sayEvery) {
      listening = await tell(part(Buffer.concat(records)));
      said = performance.now();
    }
    await new Promise((resolve) => setTimeout(resolve, isFull ? 1 : lookEvery));
  }
  return part(Buffer.concat(take(socket, (count ?? Infinity) - frames)));
}

function take(socket: CaptureSocket, most: number): Uint8Array[] {
  const records: Uint8Array[] = [];
  let bytes = 0;
  while (records.length < Math.min(most, framesAtOnce) && bytes < bytesAtOnce) {
    const frame = socket.take();
    if (frame === null) break;
    records.push(pcapRecord(frame));
    bytes += frame.bytes.length;
  }
  return records;
}
