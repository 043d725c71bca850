import { TarrError } from "../../error.ts";
import type { Cidr } from "../../model/address.ts";
import { readCidr } from "../../model/address.ts";
import type { InterfaceName, PortId } from "../../model/names.ts";
import { isInterfaceName, isPortId } from "../../model/names.ts";
import type { ObservedLink } from "../../plan/observed.ts";
import { hasDiscipline } from "../line/observe.ts";
import type { Message, Question } from "../netlink.ts";
import { addressIn, attributesIn, macIn, netlinkAnswers, numberIn, readMessage, textIn } from "../netlink.ts";
import { linkGroup, portAlias } from "../ownership.ts";

// if.h, if_arp.h, if_link.h, if_addr.h, rtnetlink.h of Linux
const afInet = 2;
/** struct ifinfomsg: family, a byte, hardware type (16 bits), number, flags, what changed (32 bits each) */
export const linkQuestion: Question = { what: "links", type: 18, request: new Uint8Array(16), fixed: 16 };
/** struct ifaddrmsg: family, prefix length, flags, scope (a byte each), number of the interface (32 bits) */
export const addressQuestion: Question = {
  what: "addresses",
  type: 22,
  request: Uint8Array.of(afInet, 0, 0, 0, 0, 0, 0, 0),
  fixed: 8,
};
const hardware = { ether: 1, loopback: 772 } as const;
const flag = { up: 1 << 0, noArp: 1 << 7, promiscuous: 1 << 8, lowerUp: 1 << 16 } as const;
const ofLink = { mac: 1, name: 3, mtu: 4, discipline: 6, master: 10, info: 18, alias: 20, group: 27 } as const;
const ofInfo = { kind: 1, data: 2 } as const;
const ofTap = { owner: 1 } as const;
const ofAddress = { address: 1, local: 2 } as const;

export function observeLinks(): readonly ObservedLink[] {
  return readLinks(netlinkAnswers(linkQuestion), netlinkAnswers(addressQuestion));
}

/** An interface whose name we would never give is none of ours, and never part of a command. */
export function interfaceNames(links: readonly Uint8Array[]): ReadonlyMap<number, InterfaceName> {
  return new Map(
    links.flatMap((bytes) => {
      const { fixed, attributes } = readMessage(linkQuestion, bytes);
      const name = textIn(attributes, ofLink.name);
      return isInterfaceName(name) ? [[fixed.getInt32(4, true), name] as const] : [];
    }),
  );
}

/** The names of the others, by their numbers; but for the loopback, which leads nowhere. */
export function oddNames(
  links: readonly Uint8Array[],
  names: ReadonlyMap<number, InterfaceName>,
): ReadonlyMap<number, string> {
  return new Map(
    links.flatMap((bytes) => {
      const { fixed, attributes } = readMessage(linkQuestion, bytes);
      const index = fixed.getInt32(4, true);
      const isLoopback = fixed.getUint16(2, true) === hardware.loopback;
      return names.has(index) || isLoopback ? [] : [[index, textIn(attributes, ofLink.name)] as const];
    }),
  );
}

/** @param answers to `addressQuestion` */
export function addressesOf(
  answers: readonly Uint8Array[],
): readonly { readonly index: number; readonly cidr: Cidr }[] {
  return answers.flatMap((bytes) => {
    const message = readMessage(addressQuestion, bytes);
    return cidrOf(message).map((cidr) => ({ index: message.fixed.getUint32(4, true), cidr }));
  });
}

/** @param links answers to `linkQuestion`, and `addresses` to `addressQuestion` */
export function readLinks(
  links: readonly Uint8Array[],
  addresses: readonly Uint8Array[],
  names = interfaceNames(links),
): readonly ObservedLink[] {
  const held = Map.groupBy(
    addresses.map((bytes) => readMessage(addressQuestion, bytes)),
    ({ fixed }) => fixed.getUint32(4, true),
  );
  return links.flatMap((bytes) => {
    const message = readMessage(linkQuestion, bytes);
    const index = message.fixed.getInt32(4, true);
    const name = names.get(index);
    return name === undefined ? [] : [toLink(name, message, { names, held: held.get(index) ?? [] })];
  });
}

type Around = { readonly names: ReadonlyMap<number, InterfaceName>; readonly held: readonly Message[] };

function toLink(name: InterfaceName, { fixed, attributes }: Message, { names, held }: Around): ObservedLink {
  const type = fixed.getUint16(2, true);
  const has = (bit: number) => (fixed.getUint32(8, true) & bit) !== 0;
  const mtu = numberIn(attributes, ofLink.mtu);
  if (mtu === null) throw new TarrError("observe-failed", { what: linkQuestion.what, reason: `${name}: mtu` });
  const info = attributesIn(attributes.get(ofLink.info) ?? new Uint8Array());
  const kind = textIn(info, ofInfo.kind);
  return {
    name,
    kind,
    ethernet: type === hardware.ether,
    mac: macIn(attributes, ofLink.mac),
    mtu,
    up: has(flag.up),
    carrier: has(flag.lowerUp),
    master: names.get(numberIn(attributes, ofLink.master) ?? 0) ?? null,
    addresses: type === hardware.loopback ? [] : held.flatMap(cidrOf),
    marked: numberIn(attributes, ofLink.group) === linkGroup,
    tapOwner: kind === "tun" ? numberIn(attributesIn(info.get(ofInfo.data) ?? new Uint8Array()), ofTap.owner) : null,
    arp: !has(flag.noArp),
    promiscuous: has(flag.promiscuous),
    obstacle: null,
    port: portIn(textIn(attributes, ofLink.alias)),
    // Whether it is one of ours, and which, `tc` tells.
    line: hasDiscipline(textIn(attributes, ofLink.discipline)) ? "altered" : null,
  };
}

function portIn(alias: string): PortId | null {
  const id = alias.startsWith(portAlias) ? alias.slice(portAlias.length) : "";
  return isPortId(id) ? id : null;
}

/** Of a point-to-point link the local end. */
function cidrOf({ fixed, attributes }: Message): Cidr[] {
  const address = addressIn(attributes, ofAddress.local) ?? addressIn(attributes, ofAddress.address);
  const cidr = readCidr(`${address ?? ""}/${fixed.getUint8(1)}`);
  return cidr === null ? [] : [cidr];
}
