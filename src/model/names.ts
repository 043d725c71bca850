import { TarrError } from "../error.ts";

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type NetworkName = Branded<"network">;
export type MachineName = Branded<"machine">;
export type ImageName = Branded<"image">;
export type SnapshotName = Branded<"snapshot">;
export type InterfaceName = Branded<"interface">;
export type DomainName = Branded<"domain">;
export type PortId = Branded<"port">;
export type Mac = Branded<"mac">;

/**
 * A machine's name is a host name of its network (RFC 1123 §2.1), and part of paths and of argument vectors: lower
 * case letters, digits and hyphens, a letter first, so that none of them is an option, a path or a wildcard.
 */
const label = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Shorter than a host name: it is also the name of a systemd instance and of files. */
const networkLabel = /^[a-z](?:[a-z0-9-]{0,13}[a-z0-9])?$/;
/** The kernel takes 15 bytes, and nearly any of them (`;`, `*`, `%d`): nft and ip would read some as more than a name. */
const interfaceLabel = /^[a-zA-Z0-9][a-zA-Z0-9_.@-]{0,14}$/;
const macPattern = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;
const portIdPattern = /^[a-z2-7]{6}$/;

/** Every object of JavaScript's has these: as keys of a document they are lost when its shape is checked. */
export const lostKeys: ReadonlySet<string> = new Set(["constructor", "prototype", "__proto__"]);

/** Names with a meaning of their own on every network. */
export const reservedNames: ReadonlySet<string> = new Set(["host", "gateway", "localhost"]);

/** @throws TarrError `name-invalid`, `name-reserved` */
export function parseMachineName(text: string): MachineName {
  if (reservedNames.has(text)) throw new TarrError("name-reserved", { value: text, near: `${text}-1` });
  if (!isMachineName(text)) throw new TarrError("name-invalid", { value: printable(text) });
  return text;
}

export function isMachineName(text: string): text is MachineName {
  return label.test(text) && !reservedNames.has(text);
}

/** An image's name is a folder's, and a snapshot's one too. */
export function parseImageName(text: string): ImageName {
  if (!isImageName(text)) throw new TarrError("name-invalid", { value: printable(text) });
  return text;
}

export function isImageName(text: string): text is ImageName {
  return label.test(text);
}

export function parseSnapshotName(text: string): SnapshotName {
  if (!isSnapshotName(text)) throw new TarrError("name-invalid", { value: printable(text) });
  return text;
}

export function isSnapshotName(text: string): text is SnapshotName {
  return label.test(text);
}

export function parseNetworkName(text: string): NetworkName {
  if (!isNetworkName(text)) throw new TarrError("name-invalid", { value: printable(text) });
  return text;
}

/** The network that is there from the installation on. */
export const firstNetwork = parseNetworkName("lab");

export function isNetworkName(text: string): text is NetworkName {
  return networkLabel.test(text) && !lostKeys.has(text);
}

export function isInterfaceName(text: string): text is InterfaceName {
  return interfaceLabel.test(text);
}

export function interfaceName(text: string): InterfaceName {
  if (!isInterfaceName(text)) throw new TarrError("name-invalid", { value: printable(text) });
  return text;
}

export function isPortId(text: string): text is PortId {
  return portIdPattern.test(text);
}

export function isMac(text: string): text is Mac {
  return macPattern.test(text);
}

/** Whether an Ethernet address can be one machine's: no group address, and not all zeros (IEEE 802). */
export function isUnicast(mac: Mac): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0 && mac !== "00:00:00:00:00:00";
}

/** @throws TarrError `domain-invalid` */
export function parseDomain(text: string): DomainName {
  if (!isDomain(text)) throw new TarrError("domain-invalid", { value: printable(text) });
  return text;
}

export function isDomain(text: string): text is DomainName {
  return text.length <= 200 && text.split(".").every((part) => label.test(part));
}

/** Without what moves a terminal's cursor or begins a line. */
export function harmless(text: string): string {
  return text.replace(/\p{C}/gu, "?");
}

/** A value of a user's as part of a sentence: no control character reaches a terminal, and no novel. */
export function printable(text: string): string {
  const clean = harmless(text);
  return clean.length > 60 ? `${clean.slice(0, 57).replace(/\p{Cs}$/u, "")}...` : clean;
}
