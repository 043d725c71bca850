import { randomBytes } from "node:crypto";
import type { Cidr, Ipv4 } from "../../model/address.ts";
import { contains, formatCidr, hostPart, subnetOf, subnetSize } from "../../model/address.ts";
import type { InterfaceName, Mac, MachineName } from "../../model/names.ts";
import { TarrError } from "../../error.ts";
import { probeOwners } from "../arp/probe.ts";
import { macBytes } from "../packet/bytes.ts";
import type { Exchange, Heard } from "./exchange.ts";
import { openExchange } from "./exchange.ts";
import type { ClientMessage, DhcpClient, ServerMessage } from "./message.ts";

/** The card by which we speak on the LAN, and the subnet there. */
export type LanCard = { readonly interface: InterfaceName; readonly mac: Mac; readonly subnet: Cidr };

/** For whom an address is leased. */
export type LanMachine = { readonly mac: Mac; readonly name: MachineName };

export type LanLease = {
  readonly address: Ipv4;
  readonly server: Ipv4;
  /** By which frames to the server go: its own MAC, or that of the router on the way. */
  readonly serverMac: Mac;
  /** As whom the server knows the machine. */
  readonly asked: AskedAs;
  /** Seconds from the grant on: how long it runs, when to renew it, when to ask every server. */
  readonly seconds: number;
  readonly renewAfter: number;
  readonly rebindAfter: number;
};

/**
 * `card`: by the card's MAC, with an identifier of the machine's own. `machine`: by the machine's MAC, in frames from the
 * card's. See docs/decisions.md for which works where.
 */
export type AskedAs = "card" | "machine";

export type AcquirePlan = {
  /** Addresses that the server must not give: the host's own, its gateway's, those of other machines here. */
  readonly taken: ReadonlySet<Ipv4>;
  /** The address that the machine had before. */
  readonly before?: Ipv4 | undefined;
  /** Milliseconds; 10000 if not said. */
  readonly patience?: number;
};

/** dnsmasq pings an address for up to 3 s before it offers it. */
const usualPatience = 10_000;
const answerPatience = 4_000;
/** Another server may offer better, when the first one's offer is unusable. */
const secondOffer = 1_000;
/** Below, a lease would be all that the network is for. */
const leastSeconds = 60;
/** What RFC 2131 §4.4.5 says where the server does not. */
const usualLease = 3_600;

/**
 * Leases an address of the LAN's own DHCP server for a machine behind this host.
 *
 * @throws TarrError `lan-dhcp-silent`, `lan-dhcp-shared`, `lan-dhcp-elsewhere`, `lan-dhcp-in-use`,
 * `packet-socket-failed`
 */
export async function acquireLease(place: LanCard, machine: LanMachine, plan: AcquirePlan): Promise<LanLease> {
  try {
    return await acquireAs("card", { place, machine, plan });
  } catch (error) {
    if (!(error instanceof TarrError) || error.code !== "lan-dhcp-shared") throw error;
    // A server that looks at nothing but the MAC. Where a switch lets none but the card's pass, nobody answers now.
    return acquireAs("machine", { place, machine, plan }).catch(() => Promise.reject(error));
  }
}

type Asking = { readonly place: LanCard; readonly machine: LanMachine; readonly plan: AcquirePlan };

async function acquireAs(asked: AskedAs, { place, machine, plan }: Asking): Promise<LanLease> {
  const client = clientOf(place, machine, asked);
  const exchange = openExchange(place);
  try {
    const end = performance.now() + (plan.patience ?? usualPatience);
    for (let round = 0; ; round += 1) {
      const offer = await discover({ exchange, client, place, plan, round }, end);
      const [granted, owners] = await Promise.all([
        request(exchange, { client, offer: offer.message }),
        probeOwners({ interface: place.interface, mac: place.mac, addresses: [offer.message.address] }),
      ]);
      const { address, server } = offer.message;
      const owner = owners.get(address);
      if (granted !== null && owner === undefined) return leaseOf(granted, asked);
      if (granted !== null) exchange.say(decline(client, offer.message));
      if (owner !== undefined && (round > 0 || performance.now() > end)) {
        throw new TarrError("lan-dhcp-in-use", { address, mac: owner, server });
      }
      if (performance.now() > end) throw silent(place);
    }
  } finally {
    exchange.close();
  }
}

type Discovering = {
  readonly exchange: Exchange;
  readonly client: DhcpClient;
  readonly place: LanCard;
  readonly plan: AcquirePlan;
  readonly round: number;
};

/** The first usable offer. @throws TarrError why there was none */
async function discover({ exchange, client, place, plan, round }: Discovering, end: number): Promise<Heard> {
  const wants = plan.before === undefined || round > 0 ? {} : { wants: plan.before };
  const id = exchangeNumber();
  const objections: TarrError[] = [];
  let until = end;
  const offer = await exchange.ask({
    message: (seconds) => ({ type: "discover", exchange: id, client, seconds, ...wants }),
    isAnswer: ({ message }) => {
      if (message.exchange !== id || message.mac !== client.mac || message.type !== "offer") return false;
      const objection = objectionTo(message, place, plan);
      if (objection === null) return true;
      objections.push(objection);
      until = Math.min(until, performance.now() + secondOffer);
      return false;
    },
    until: () => until,
  });
  if (offer === null) throw objections[0] ?? silent(place);
  return offer;
}

function objectionTo({ address, server }: ServerMessage, place: LanCard, plan: AcquirePlan): TarrError | null {
  const { subnet } = place;
  if (plan.taken.has(address)) {
    return new TarrError("lan-dhcp-shared", { address, server, interface: place.interface });
  }
  const host = hostPart(subnet, address);
  if (contains(subnet, address) && host !== 0 && host !== subnetSize(subnet) - 1) return null;
  return new TarrError("lan-dhcp-elsewhere", { address, server, subnet: formatCidr(subnetOf(subnet)) });
}

type Requesting = { readonly client: DhcpClient; readonly offer: ServerMessage };

async function request(exchange: Exchange, { client, offer }: Requesting): Promise<Heard | null> {
  const { address, server } = offer;
  const until = performance.now() + answerPatience;
  const answer = await exchange.ask({
    message: (seconds) => ({ type: "request", exchange: offer.exchange, client, wants: address, server, seconds }),
    isAnswer: ({ message }) =>
      message.exchange === offer.exchange &&
      message.mac === client.mac &&
      message.server === server &&
      message.type !== "offer",
    until: () => until,
  });
  return answer?.message.type === "ack" && answer.message.address === address ? answer : null;
}

function decline(client: DhcpClient, { address, server }: ServerMessage): ClientMessage {
  return { type: "decline", exchange: exchangeNumber(), client, wants: address, server };
}

export type Renewal =
  { readonly outcome: "renewed"; readonly lease: LanLease } | { readonly outcome: "lost" | "silent" };

/**
 * Renews a lease: with the server that gave it, or when that one is silent for long (`everybody`), with any (RFC 2131
 * §4.4.5).
 *
 * @throws TarrError `packet-socket-failed`
 */
export async function renewLease(
  { place, machine, everybody }: { place: LanCard; machine: LanMachine; everybody: boolean },
  lease: LanLease,
): Promise<Renewal> {
  const client = clientOf(place, machine, lease.asked);
  const exchange = openExchange(place);
  try {
    const to = everybody ? undefined : { address: lease.server, mac: lease.serverMac };
    const answer =
      (await ask({ exchange, client, to }, { has: lease.address })) ??
      // Its answer goes to the address itself, and may be lost where that is not answered for: everybody hears this one.
      (await ask({ exchange, client, to: undefined }, { wants: lease.address }));
    if (answer === null) return { outcome: "silent" };
    const isOurs = answer.message.type === "ack" && answer.message.address === lease.address;
    return isOurs ? { outcome: "renewed", lease: leaseOf(answer, lease.asked) } : { outcome: "lost" };
  } finally {
    exchange.close();
  }
}

type Renewing = {
  readonly exchange: Exchange;
  readonly client: DhcpClient;
  readonly to: { readonly address: Ipv4; readonly mac: Mac } | undefined;
};

function ask(
  { exchange, client, to }: Renewing,
  address: { readonly has: Ipv4 } | { readonly wants: Ipv4 },
): Promise<Heard | null> {
  const id = exchangeNumber();
  const until = performance.now() + answerPatience;
  return exchange.ask({
    to,
    message: (seconds) => ({ type: "request", exchange: id, client, seconds, ...address }),
    isAnswer: ({ message }) => message.exchange === id && message.mac === client.mac && message.type !== "offer",
    until: () => until,
  });
}

/**
 * Gives an address back. Nobody answers this; one that is lost costs the LAN the address until the lease ends.
 *
 * @throws TarrError `packet-socket-failed`
 */
export function releaseLease(place: LanCard, machine: LanMachine, lease: LanLease): void {
  const exchange = openExchange(place);
  try {
    const { address: has, server, serverMac } = lease;
    const client = clientOf(place, machine, lease.asked);
    exchange.say(
      { type: "release", exchange: exchangeNumber(), client, has, server },
      { address: server, mac: serverMac },
    );
  } finally {
    exchange.close();
  }
}

/** RFC 2132 §9.14: a first byte of zero, and then what is unique; the machine's own client has others. */
function clientOf(place: LanCard, machine: LanMachine, asked: AskedAs): DhcpClient {
  const id = new Uint8Array([0, ...new TextEncoder().encode("tarr-steps"), ...macBytes(machine.mac)]);
  return { mac: asked === "card" ? place.mac : machine.mac, id, name: machine.name };
}

function leaseOf({ message, from }: Heard, asked: AskedAs): LanLease {
  const seconds = Math.max(message.lease ?? usualLease, leastSeconds);
  const within = (time: number | null, share: number, least: number) =>
    time !== null && time >= least && time < seconds ? time : Math.floor(seconds * share);
  const renewAfter = within(message.renewAfter, 0.5, leastSeconds / 4);
  return {
    address: message.address,
    server: message.server,
    serverMac: from,
    asked,
    seconds,
    renewAfter,
    rebindAfter: Math.max(renewAfter, within(message.rebindAfter, 0.875, leastSeconds / 4)),
  };
}

function silent(place: LanCard): TarrError {
  return new TarrError("lan-dhcp-silent", { interface: place.interface });
}

function exchangeNumber(): number {
  return randomBytes(4).readUInt32BE();
}
