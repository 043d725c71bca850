import type { Ipv4 } from "../../model/address.ts";
import type { InterfaceName, Mac } from "../../model/names.ts";
import { udpPortFilter } from "../../runtime/packet-filter.ts";
import { openPacketSocket } from "../../runtime/packet-socket.ts";
import { everyAddress, everybody, noAddress } from "../packet/bytes.ts";
import { buildEthernet, etherTypes, parseEthernet } from "../packet/ethernet.ts";
import { buildUdp, parseUdp } from "../packet/ipv4.ts";
import type { ClientMessage, ServerMessage } from "./message.ts";
import { buildMessage, dhcpPorts, parseMessage } from "./message.ts";

/** What a server said, and whose frame it came in. */
export type Heard = { readonly message: ServerMessage; readonly from: Mac };

export type Question = {
  /** @param seconds since the first time that it was asked */
  readonly message: (seconds: number) => ClientMessage;
  readonly isAnswer: (heard: Heard) => boolean;
  /** Until when an answer is waited for (performance.now). */
  readonly until: () => number;
  /** Everybody if not said. */
  readonly to?: Receiver | undefined;
};
type Receiver = { readonly address: Ipv4; readonly mac: Mac };

/** Words with DHCP servers by one card. */
export type Exchange = {
  readonly say: (message: ClientMessage, to?: Receiver) => void;
  /** Asks, again and again, until there is an answer. @returns null when there is none in time */
  readonly ask: (question: Question) => Promise<Heard | null>;
  readonly close: () => void;
};

const lookEvery = 20;
/** Milliseconds after which a question is asked again: for those who wait, sooner than RFC 2131 §4.1 has it. */
const repeatAfter = [1_000, 2_000, 4_000];

/** @throws TarrError `packet-socket-failed` */
export function openExchange(place: { readonly interface: InterfaceName; readonly mac: Mac }): Exchange {
  let take: (heard: Heard) => void = () => undefined;
  const socket = openPacketSocket({
    interface: place.interface,
    etherType: etherTypes.ipv4,
    filter: udpPortFilter(dhcpPorts.client),
    every: lookEvery,
    onFrame: (frame) => {
      const ethernet = parseEthernet(frame);
      const packet = ethernet === null ? null : parseUdp(ethernet.payload);
      const message = packet === null ? null : parseMessage(packet.payload);
      if (ethernet !== null && message !== null) take({ message, from: ethernet.from });
    },
  });
  const say = (message: ClientMessage, to: Receiver = { address: everyAddress, mac: everybody }) => {
    const payload = buildUdp({
      from: { address: message.has ?? noAddress, port: dhcpPorts.client },
      to: { address: to.address, port: dhcpPorts.server },
      payload: buildMessage(message),
    });
    socket.send(buildEthernet({ to: to.mac, from: place.mac, type: etherTypes.ipv4, payload }));
  };
  const ask = (question: Question) => {
    return new Promise<Heard | null>((resolve) => {
      const begun = performance.now();
      let asked = 0;
      let again = begun;
      const end = (answer: Heard | null) => {
        clearInterval(timer);
        take = () => undefined;
        resolve(answer);
      };
      const tick = () => {
        const now = performance.now();
        if (now > question.until()) return end(null);
        if (now < again) return;
        say(question.message(Math.floor((now - begun) / 1_000)), question.to);
        again = now + (repeatAfter[asked] ?? 4_000);
        asked += 1;
      };
      const timer = setInterval(tick, lookEvery);
      take = (heard) => {
        if (question.isAnswer(heard)) end(heard);
      };
      tick();
    });
  };
  return { say, ask, close: () => socket.close() };
}
