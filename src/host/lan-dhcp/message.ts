import type { Ipv4 } from "../../model/address.ts";
import type { Mac } from "../../model/names.ts";
import { half, ipv4Bytes, join, macBytes, noAddress } from "../packet/bytes.ts";
import { readIpv4, readMac, readWord, word } from "../packet/bytes.ts";

/** What a client says (RFC 2131 table 5). */
export const clientTypes = { discover: 1, request: 3, decline: 4, release: 7 } as const;
/** What a server says. */
const serverTypes = { 2: "offer", 5: "ack", 6: "nak" } as const;

export type ClientMessage = {
  readonly type: keyof typeof clientTypes;
  /** What ties an answer to its question. */
  readonly exchange: number;
  readonly client: DhcpClient;
  /** The address that the client has and answers ARP for: renewing, rebinding, releasing. */
  readonly has?: Ipv4;
  /** The address that it would have. */
  readonly wants?: Ipv4;
  readonly server?: Ipv4;
  /** Seconds since it began to ask. */
  readonly seconds?: number;
};

/** Who asks: the hardware address, and what tells machines behind one card apart. */
export type DhcpClient = { readonly mac: Mac; readonly id: Uint8Array; readonly name: string };

export type ServerMessage = {
  readonly type: "offer" | "ack" | "nak";
  readonly exchange: number;
  readonly mac: Mac;
  readonly address: Ipv4;
  readonly server: Ipv4;
  /** Seconds; null where the server does not say. */
  readonly lease: number | null;
  readonly renewAfter: number | null;
  readonly rebindAfter: number | null;
};

// RFC 2132, by number
const options = {
  hostName: 12,
  requestedAddress: 50,
  leaseTime: 51,
  overload: 52,
  messageType: 53,
  server: 54,
  wishes: 55,
  longestMessage: 57,
  renewalTime: 58,
  rebindingTime: 59,
  clientId: 61,
  end: 255,
} as const;

/** Subnet mask, router, resolver, lease and its two times: what clients ask for, and some servers give only then. */
const wishes = [1, 3, 6, 51, 54, 58, 59];
const cookie = 0x63825363;
const broadcastFlag = 0x8000;
const optionsAt = 240;
/** RFC 951: relays drop shorter ones. */
const leastLength = 300;
const longestMessage = 1472;

export function buildMessage(message: ClientMessage): Uint8Array {
  const { client, exchange, has, seconds = 0 } = message;
  // Who has no address yet cannot be answered to it: the answer is for everybody.
  const flags = has === undefined ? broadcastFlag : 0;
  const head = join(
    Uint8Array.of(1, 1, 6, 0),
    word(exchange),
    half(Math.min(seconds, 0xffff)),
    half(flags),
    ipv4Bytes(has ?? noAddress),
    new Uint8Array(12),
    macBytes(client.mac),
    new Uint8Array(10 + 64 + 128),
    word(cookie),
  );
  const whole = join(head, optionsOf(message), Uint8Array.of(options.end));
  return whole.length >= leastLength ? whole : join(whole, new Uint8Array(leastLength - whole.length));
}

function optionsOf({ type, client, wants, server }: ClientMessage): Uint8Array {
  const asks = type === "discover" || type === "request";
  return join(
    option(options.messageType, Uint8Array.of(clientTypes[type])),
    option(options.clientId, client.id),
    ...(wants === undefined ? [] : [option(options.requestedAddress, ipv4Bytes(wants))]),
    ...(server === undefined ? [] : [option(options.server, ipv4Bytes(server))]),
    ...(asks ? [option(options.hostName, new TextEncoder().encode(client.name))] : []),
    ...(asks ? [option(options.longestMessage, half(longestMessage))] : []),
    ...(asks ? [option(options.wishes, Uint8Array.from(wishes))] : []),
  );
}

function option(code: number, value: Uint8Array): Uint8Array {
  return join(Uint8Array.of(code, value.length), value);
}

/** Null for what is no answer of a DHCP server for IPv4 on Ethernet. */
export function parseMessage(bytes: Uint8Array): ServerMessage | null {
  const isReply = bytes[0] === 2 && bytes[1] === 1 && bytes[2] === 6;
  if (bytes.length < optionsAt || !isReply || readWord(bytes, optionsAt - 4) !== cookie) return null;
  const found = readOptions(bytes);
  const code = found.get(options.messageType)?.[0] ?? 0;
  const server = found.get(options.server);
  if (!isServerType(code) || server?.length !== 4) return null;
  const time = (option: number) => {
    const value = found.get(option);
    return value?.length === 4 ? readWord(value, 0) : null;
  };
  return {
    type: serverTypes[code],
    exchange: readWord(bytes, 4),
    mac: readMac(bytes, 28),
    address: readIpv4(bytes, 16),
    server: readIpv4(server, 0),
    lease: time(options.leaseTime),
    renewAfter: time(options.renewalTime),
    rebindAfter: time(options.rebindingTime),
  };
}

function isServerType(code: number): code is keyof typeof serverTypes {
  return code in serverTypes;
}

/** Options by number. Those that did not fit may stand where file and server name are (RFC 2132 §9.3). */
function readOptions(bytes: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  collect(bytes.subarray(optionsAt), found);
  const overload = found.get(options.overload)?.[0] ?? 0;
  if ((overload & 1) !== 0) collect(bytes.subarray(108, 236), found);
  if ((overload & 2) !== 0) collect(bytes.subarray(44, 108), found);
  return found;
}

/** What is cut short ends the list: the options before it are good. */
function collect(bytes: Uint8Array, found: Map<number, Uint8Array>): void {
  let at = 0;
  while (at < bytes.length) {
    const code = bytes[at] ?? options.end;
    if (code === options.end) return;
    if (code === 0) {
      at += 1;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    const end = at + 2 + length;
    if (at + 2 > bytes.length || end > bytes.length) return;
    if (!found.has(code)) found.set(code, bytes.subarray(at + 2, end));
    at = end;
  }
}

/** The server's and the client's ports. */
export const dhcpPorts = { server: 67, client: 68 } as const;
