import { randomBytes } from "node:crypto";
import type { Cidr, Ipv4 } from "../../model/address.ts";
import type { InterfaceName, Mac } from "../../model/names.ts";
import { destinationFilter, udpPortFilter } from "../../runtime/packet-filter.ts";
import { openPacketSocket } from "../../runtime/packet-socket.ts";
import { buildArp, parseArp, probeFrame } from "../arp/frame.ts";
import { probeOwners } from "../arp/probe.ts";
import { buildMessage, dhcpPorts, parseMessage } from "../lan-dhcp/message.ts";
import { everyAddress, everybody, macBytes, noAddress, nobody, readMac } from "../packet/bytes.ts";
import { buildEthernet, etherTypes, parseEthernet } from "../packet/ethernet.ts";
import type { TcpSegment } from "../packet/ipv4.ts";
import { buildTcp, buildUdp, parseTcp, parseUdp } from "../packet/ipv4.ts";
import { buildQuestion, readAnswer } from "./dns.ts";

/** A switch, and what a machine on it is to be answered. */
export type SwitchProbe = {
  readonly switch: InterfaceName;
  readonly mac: Mac;
  /** The far end of the switch's carrier: what is sent there comes in like a machine's. */
  readonly entrance: InterfaceName;
  readonly address: Cidr;
  /** A name that the switch's name server knows. */
  readonly name: string;
  readonly dhcp: boolean;
  /** Who is to answer beyond the host; null when nobody is. */
  readonly gateway: Ipv4 | null;
};

/** A machine that is none: it asks, and never takes anything. */
export type StandIn = { readonly mac: Mac; readonly address: Ipv4 | null };

/** Null for what was not asked. */
export type SwitchAnswers = {
  readonly arp: boolean;
  readonly dhcp: boolean | null;
  readonly dns: boolean | null;
  readonly tcp: boolean | null;
};

const lookEvery = 10;
const askAgainAfter = 300;
const addressPatience = 200;
/** The first of the ports that a stand-in asks from: another one each time, so that no answer is one to an old question. */
const firstPort = 40_000;
/** What routers have open, or refuse: any answer will do. */
const tcpPorts = [53, 80, 443] as const;
const dnsPort = 53;

/**
 * A stand-in for this switch: a MAC of nobody's, and the first of these addresses that nobody answers for.
 *
 * @throws TarrError `packet-socket-failed`
 */
export async function standInFor(probe: SwitchProbe, free: readonly Ipv4[]): Promise<StandIn> {
  // 02: locally administered, unicast
  const mac = readMac(Uint8Array.of(0x02, ...randomBytes(5)));
  const place = { interface: probe.switch, mac: probe.mac, patience: addressPatience, tries: 1 };
  const owners = await probeOwners({ ...place, addresses: free });
  return { mac, address: free.find((address) => !owners.has(address)) ?? null };
}

/**
 * Asks as a machine does: who has the switch's address, for a lease (that is then not taken), for a name, and for a
 * connection to the gateway. Its frames come in at the carrier's port; what the host answers is seen leaving by the
 * switch, whose carrier's port nothing is sent to.
 *
 * @param patience milliseconds
 * @throws TarrError `packet-socket-failed`: the switch or its carrier is not there
 */
export async function probeSwitch(probe: SwitchProbe, as: StandIn, patience: number): Promise<SwitchAnswers> {
  const conversation = converse(probe, as);
  const heard = (frame: Uint8Array, outgoing: boolean) => {
    if (outgoing) conversation.hear(frame);
  };
  const every = lookEvery;
  const filters = [destinationFilter(macBytes(as.mac)), udpPortFilter(dhcpPorts.client)];
  const ears = filters.map((filter) =>
    openPacketSocket({ interface: probe.switch, etherType: "all", filter, onFrame: heard, every }),
  );
  try {
    const mouth = openPacketSocket({ interface: probe.entrance, etherType: etherTypes.arp, onFrame: () => undefined });
    ears.push(mouth);
    const say = (frames: readonly Uint8Array[]) => frames.forEach((frame) => mouth.send(frame));
    const end = performance.now() + patience;
    let again = 0;
    while (performance.now() < end && !conversation.isAnswered()) {
      if (performance.now() >= again) {
        say(conversation.questions());
        again = performance.now() + askAgainAfter;
      }
      await new Promise((resolve) => setTimeout(resolve, lookEvery));
    }
    say(conversation.farewell());
    return conversation.answers();
  } finally {
    for (const socket of ears) socket.close();
  }
}

type Conversation = {
  /** What is still unanswered. */
  readonly questions: () => readonly Uint8Array[];
  readonly hear: (frame: Uint8Array) => void;
  readonly isAnswered: () => boolean;
  /** Ends what was begun. */
  readonly farewell: () => readonly Uint8Array[];
  readonly answers: () => SwitchAnswers;
};

function converse(probe: SwitchProbe, as: StandIn): Conversation {
  const number = randomBytes(4).readUInt32BE();
  const id = number & 0xffff;
  const sourcePort = portOf(number);
  const speaks = as.address !== null;
  const found = {
    arp: false as boolean,
    dhcp: probe.dhcp ? false : (null as boolean | null),
    dns: speaks ? false : (null as boolean | null),
    tcp: speaks && probe.gateway !== null ? false : (null as boolean | null),
  };
  const opened: { port: number; sequence: number }[] = [];
  const frames = framesOf(probe, as, number);
  const hearTcp = ({ from, flags, acknowledges }: TcpSegment) => {
    if (flags.syn) opened.push({ port: from.port, sequence: acknowledges });
    if (flags.syn || flags.reset) found.tcp = true;
  };
  const hear = (frame: Uint8Array) => {
    const arp = parseArp(frame);
    if (arp?.operation === "reply" && arp.sender.address === probe.address.address) found.arp = true;
    const ethernet = parseEthernet(frame);
    if (ethernet?.type !== etherTypes.ipv4) return;
    const udp = parseUdp(ethernet.payload);
    if (udp !== null && isOffer(udp.payload, { number, mac: as.mac })) found.dhcp = true;
    if (udp?.to.port === sourcePort && readAnswer(id, udp.payload) === true) found.dns = true;
    const tcp = parseTcp(ethernet.payload);
    if (tcp?.to.port === sourcePort && tcp.from.address === probe.gateway) hearTcp(tcp);
  };
  return {
    hear,
    answers: () => ({ ...found }),
    isAnswered: () => Object.values(found).every((one) => one !== false),
    questions: () => [
      frames.arp,
      ...(found.dhcp === false ? [frames.discover] : []),
      ...(found.dns === false ? frames.question : []),
      ...(found.tcp === false ? frames.connect : []),
    ],
    farewell: () => opened.flatMap(({ port, sequence }) => frames.reset(port, sequence)),
  };
}

function portOf(number: number): number {
  return firstPort + (number % 10_000);
}

function isOffer(payload: Uint8Array, { number, mac }: { readonly number: number; readonly mac: Mac }): boolean {
  const message = parseMessage(payload);
  return message?.type === "offer" && message.exchange === number && message.mac === mac;
}

/** All that a stand-in says. */
function framesOf(probe: SwitchProbe, { mac, address }: StandIn, number: number) {
  const ip = (payload: Uint8Array, to = probe.mac) => buildEthernet({ to, from: mac, type: etherTypes.ipv4, payload });
  const client = { mac, id: Uint8Array.of(1, ...macBytes(mac)), name: "doctor" };
  const everyone = { address: everyAddress, port: dhcpPorts.server };
  const message = buildMessage({ type: "discover", exchange: number, client });
  const discover = ip(
    buildUdp({ from: { address: noAddress, port: dhcpPorts.client }, to: everyone, payload: message }),
    everybody,
  );
  // Without an address only "is it free?" can be asked; with one the host learns at once where answers go.
  if (address === null) {
    const arp = probeFrame(mac, probe.address.address);
    return { arp, discover, question: [], connect: [], reset: () => [] };
  }
  const from = { address, port: portOf(number) };
  const resolver = { address: probe.address.address, port: dnsPort };
  const question = buildQuestion(number & 0xffff, probe.name);
  const segment = (port: number, kind: "syn" | "reset", sequence: number) => {
    if (probe.gateway === null) return [];
    const flags = { syn: kind === "syn", ack: false, reset: kind === "reset" };
    return [ip(buildTcp({ from, to: { address: probe.gateway, port }, flags, sequence, acknowledges: 0 }))];
  };
  const target = { mac: nobody, address: probe.address.address };
  return {
    arp: buildArp(everybody, { operation: "request", sender: { mac, address }, target }),
    discover,
    question: [ip(buildUdp({ from, to: resolver, payload: question }))],
    connect: tcpPorts.flatMap((port) => segment(port, "syn", number)),
    reset: (port: number, sequence: number) => segment(port, "reset", sequence),
  };
}
