import type { Cidr } from "../../model/address.ts";
import { readCidr } from "../../model/address.ts";
import type { InterfaceName } from "../../model/names.ts";
import type { ObservedPeer, ObservedProxy, ObservedRoute } from "../../plan/observed.ts";
import type { Question } from "../netlink.ts";
import { addressIn, macIn, netlinkAnswers, numberIn, readMessage } from "../netlink.ts";
import { routeProtocol } from "../ownership.ts";

// rtnetlink.h and neighbour.h of Linux
const afInet = 2;
/** struct rtmsg: family, lengths of destination and source, tos, table, protocol, scope, type (a byte each), flags */
export const routeQuestion: Question = {
  what: "routes",
  type: 26,
  request: Uint8Array.of(afInet, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  fixed: 12,
};
const flagProxy = 8;
/** struct ndmsg: family, three bytes, number of the interface (32 bits), state (16 bits), flags, type (a byte each) */
export const proxyQuestion: Question = {
  what: "neighbours",
  type: 30,
  request: Uint8Array.of(afInet, 0, 0, 0, 0, 0, 0, 0, 0, 0, flagProxy, 0),
  fixed: 12,
};
export const peerQuestion: Question = {
  ...proxyQuestion,
  request: Uint8Array.of(afInet, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
};
const tableMain = 254;
const ofRoute = { destination: 1, interface: 4, gateway: 5, metric: 6, source: 7, table: 15 } as const;
const ofNeighbour = { destination: 1, mac: 2, protocol: 12 } as const;

type Names = ReadonlyMap<number, InterfaceName>;

export function observeRoutes(names: Names): readonly ObservedRoute[] {
  return readRoutes(netlinkAnswers(routeQuestion), names);
}

export function observeProxies(names: Names): readonly ObservedProxy[] {
  return readProxies(netlinkAnswers(proxyQuestion), names);
}

/** @param answers to `routeQuestion`: of all tables; those of `main` are read that lead out of an interface */
export function readRoutes(answers: readonly Uint8Array[], names: Names): readonly ObservedRoute[] {
  return answers.flatMap((bytes) => {
    const { fixed, attributes } = readMessage(routeQuestion, bytes);
    const table = numberIn(attributes, ofRoute.table) ?? fixed.getUint8(4);
    const name = names.get(numberIn(attributes, ofRoute.interface) ?? 0);
    const to = readCidr(`${addressIn(attributes, ofRoute.destination) ?? "0.0.0.0"}/${fixed.getUint8(1)}`);
    if (table !== tableMain || to === null || name === undefined) return [];
    return [
      {
        to,
        interface: name,
        metric: numberIn(attributes, ofRoute.metric) ?? 0,
        gateway: addressIn(attributes, ofRoute.gateway),
        source: addressIn(attributes, ofRoute.source),
        marked: fixed.getUint8(5) === routeProtocol,
      },
    ];
  });
}

/** Where routes of `main` lead, by interfaces' numbers. @param answers to `routeQuestion` */
export function routesOf(answers: readonly Uint8Array[]): readonly { readonly index: number; readonly to: Cidr }[] {
  return answers.flatMap((bytes) => {
    const { fixed, attributes } = readMessage(routeQuestion, bytes);
    const table = numberIn(attributes, ofRoute.table) ?? fixed.getUint8(4);
    const index = numberIn(attributes, ofRoute.interface);
    const to = readCidr(`${addressIn(attributes, ofRoute.destination) ?? "0.0.0.0"}/${fixed.getUint8(1)}`);
    return table !== tableMain || to === null || index === null ? [] : [{ index, to }];
  });
}

export function observePeers(names: Names): readonly ObservedPeer[] {
  return readPeers(netlinkAnswers(peerQuestion), names);
}

/** Entries of the kernel's own, for broadcasts and multicasts: nobody is there (neighbour.h, NUD_NOARP). */
const stateNoArp = 0x40;

/** @param answers to `peerQuestion`; of whom only the address is known has no MAC */
export function readPeers(answers: readonly Uint8Array[], names: Names): readonly ObservedPeer[] {
  return answers.flatMap((bytes) => {
    const { fixed, attributes } = readMessage(peerQuestion, bytes);
    const name = names.get(fixed.getInt32(4, true));
    const address = addressIn(attributes, ofNeighbour.destination);
    const mac = macIn(attributes, ofNeighbour.mac);
    const isNobody = (fixed.getUint16(8, true) & stateNoArp) !== 0;
    return name === undefined || address === null || mac === null || isNobody
      ? []
      : [{ address, mac, interface: name }];
  });
}

/** @param answers to `proxyQuestion` */
export function readProxies(answers: readonly Uint8Array[], names: Names): readonly ObservedProxy[] {
  return answers.flatMap((bytes) => {
    const { fixed, attributes } = readMessage(proxyQuestion, bytes);
    const name = names.get(fixed.getInt32(4, true));
    const address = addressIn(attributes, ofNeighbour.destination);
    if (numberIn(attributes, ofNeighbour.protocol) !== routeProtocol || address === null) return [];
    return name === undefined ? [] : [{ address, interface: name }];
  });
}
