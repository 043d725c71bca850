import type { Ipv4 } from "../../model/address.ts";
import type { InterfaceName, Mac } from "../../model/names.ts";
import { openPacketSocket } from "../../runtime/packet-socket.ts";
import { noAddress } from "../packet/bytes.ts";
import { etherTypes } from "../packet/ethernet.ts";
import type { ArpMessage } from "./frame.ts";
import { announcementFrame, parseArp, probeFrame } from "./frame.ts";
import { rest, steadyPace } from "./pace.ts";

/** An interface, and the MAC that we speak with there. */
export type ArpPlace = { readonly interface: InterfaceName; readonly mac: Mac };

export type ProbePlan = ArpPlace & {
  readonly addresses: readonly Ipv4[];
  /** Milliseconds that few addresses take; many take longer (pace.ts). 1000 if not said. */
  readonly patience?: number;
  /** How often each is asked for; twice if not said. */
  readonly tries?: number;
};

const betweenTries = 300;
const lastWait = 500;
const lookEvery = 20;

/**
 * Who has these addresses already: whoever answers, speaks as one of them, or asks for one for itself at the same moment
 * (RFC 5227 §2.1.1). Nobody is told anything; addresses of hosts that are off are found free.
 *
 * @throws TarrError `packet-socket-failed`
 */
export async function probeOwners(plan: ProbePlan): Promise<ReadonlyMap<Ipv4, Mac>> {
  const { mac, addresses, patience = 1_000, tries = 2 } = plan;
  const asked = new Set(addresses);
  const owners = new Map<Ipv4, Mac>();
  const onFrame = (frame: Uint8Array) => {
    const message = parseArp(frame);
    const address = message === null ? null : spokenFor(message);
    if (message === null || address === null || message.sender.mac === mac || !asked.has(address)) return;
    owners.set(address, message.sender.mac);
  };
  const socket = openPacketSocket({
    interface: plan.interface,
    etherType: etherTypes.arp,
    onFrame,
    every: lookEvery,
  });
  try {
    const begun = performance.now();
    const pace = steadyPace();
    for (let round = 0; round < tries; round += 1) {
      if (round > 0) await rest(betweenTries);
      for (const address of addresses.filter((one) => !owners.has(one))) {
        await pace.turn();
        socket.send(probeFrame(mac, address));
      }
    }
    const end = Math.max(begun + patience, performance.now() + Math.min(lastWait, patience / 2));
    while (performance.now() < end && owners.size < asked.size) await rest(lookEvery);
    return owners;
  } finally {
    socket.close();
  }
}

/** How often two questions are asked whose answers are counted, and the milliseconds that answers to one may take. */
const countRounds = 3;
const countPatience = 150;

export type Claim = { readonly mac: Mac; readonly address: Ipv4 };

/**
 * How many answer for an address with one MAC, asked three times: the fewest at a time, since a late answer counts with
 * the next question's. Two that answer with the same MAC are two machines.
 *
 * @throws TarrError `packet-socket-failed`
 */
export async function countAnswers(place: ArpPlace, claims: readonly Claim[]): Promise<ReadonlyMap<Mac, number>> {
  const fewest = new Map<Mac, number>();
  let heard: Mac[] = [];
  const onFrame = (frame: Uint8Array) => {
    const message = parseArp(frame);
    if (message?.operation !== "reply" || message.target.mac !== place.mac) return;
    const { mac, address } = message.sender;
    if (claims.some((one) => one.mac === mac && one.address === address)) heard.push(mac);
  };
  const socket = openPacketSocket({ ...place, etherType: etherTypes.arp, onFrame, every: lookEvery });
  try {
    const pace = steadyPace();
    for (let round = 0; round < countRounds; round += 1) {
      heard = [];
      for (const { address } of claims) {
        await pace.turn();
        socket.send(probeFrame(place.mac, address));
      }
      await rest(countPatience);
      for (const { mac } of claims) {
        const count = heard.filter((one) => one === mac).length;
        fewest.set(mac, Math.min(count, fewest.get(mac) ?? count));
      }
    }
    return fewest;
  } finally {
    socket.close();
  }
}

/** The address that a message's sender has, or is about to take. */
export function spokenFor(message: ArpMessage): Ipv4 | null {
  if (message.sender.address !== noAddress) return message.sender.address;
  return message.operation === "request" ? message.target.address : null;
}

/**
 * Tells the LAN, once, that our MAC has these addresses.
 *
 * @throws TarrError `packet-socket-failed`
 */
export async function announce({ interface: on, mac, addresses }: ProbePlan): Promise<void> {
  const socket = openPacketSocket({ interface: on, etherType: etherTypes.arp, onFrame: () => undefined });
  const pace = steadyPace();
  try {
    for (const address of addresses) {
      await pace.turn();
      socket.send(announcementFrame(mac, address));
    }
  } finally {
    socket.close();
  }
}
