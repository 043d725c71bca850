import { TarrError } from "../error.ts";
import type { Cidr, Ipv4 } from "./address.ts";
import { formatCidr, hostAddress, hostPart, parseIpv4, parseSwitchAddress, subnetOf, subnetSize } from "./address.ts";
import { contains, toNumber } from "./address.ts";
import type { DomainName, InterfaceName, NetworkName } from "./names.ts";
import { parseDomain } from "./names.ts";

/** How far a network reaches. */
export const reaches = ["isolated", "nat", "routed"] as const;
export type Reach = (typeof reaches)[number];
/** Named by the design, refused for now with a sentence of their own. */
const reachesToCome: readonly string[] = ["proxy-arp", "bridged", "auto"];

export type Range = { readonly first: Ipv4; readonly last: Ipv4 };

/** A named segment that is wanted. `address` is the switch's own, with its subnet's prefix. */
export type Network = {
  readonly name: NetworkName;
  readonly switch: InterfaceName;
  readonly address: Cidr;
  readonly range: Range;
  /** The most addresses served. */
  readonly max: number;
  readonly dhcp: boolean;
  readonly domain: DomainName;
  readonly reach: Reach;
};

/** Where the range starts in a subnet with room: the first nine stay free for what is given by hand. */
const firstHost = 10;
const rangeCapacity = 1000;

export function defaultRange(address: Cidr): Range {
  const lastHost = subnetSize(address) - 2;
  const own = hostPart(address, address.address);
  const first = lastHost > firstHost * 2 ? firstHost : own === 1 ? 2 : 1;
  const last = own === lastHost ? lastHost - 1 : lastHost;
  // A range that would hold the switch's own address starts behind it.
  const start = own >= first && own <= last ? own + 1 : first;
  return { first: hostAddress(address, start), last: hostAddress(address, last) };
}

/** As many as the range has, or as one name service serves. */
export function defaultMax(range: Range): number {
  return Math.min(rangeSize(range), rangeCapacity);
}

export function rangeSize(range: Range): number {
  return toNumber(range.last) - toNumber(range.first) + 1;
}

export function formatRange(range: Range): string {
  return `${range.first}-${range.last}`;
}

export function inRange(range: Range, address: Ipv4): boolean {
  return toNumber(address) >= toNumber(range.first) && toNumber(address) <= toNumber(range.last);
}

/** `FIRST-LAST`, or the prototype's `FIRST,LAST`. @throws TarrError `range-invalid`, `address-invalid` */
export function parseRange(text: string): Range {
  const [first, last, ...rest] = text.split(/[-,]/);
  if (first === undefined || last === undefined || rest.length > 0) {
    throw new TarrError("range-invalid", { value: text });
  }
  return { first: parseIpv4(first.trim()), last: parseIpv4(last.trim()) };
}

/** @throws TarrError `max-invalid` */
export function parseMax(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value < 1 || value > rangeCapacity)
    throw new TarrError("max-invalid", { value: text });
  return value;
}

/** @throws TarrError `switch-value-invalid` */
export function parseSwitchValue(key: string, text: string): boolean {
  if (["on", "true", "yes"].includes(text)) return true;
  if (["off", "false", "no"].includes(text)) return false;
  throw new TarrError("switch-value-invalid", { key, value: text });
}

/** @throws TarrError `reach-invalid`, `reach-not-yet` */
export function parseReach(text: string): Reach {
  const reach = reaches.find((one) => one === text);
  if (reach !== undefined) return reach;
  throw new TarrError(reachesToCome.includes(text) ? "reach-not-yet" : "reach-invalid", {
    value: text,
    known: reaches.join(", "),
  });
}

/** What `network set` takes, as written in the document. */
export const settingKeys = ["address", "range", "max", "dhcp", "domain", "reach"] as const;
export type SettingKey = (typeof settingKeys)[number];
export type Setting = { readonly key: SettingKey; readonly value: string };

/** `KEY=VALUE`. @throws TarrError `setting-syntax`, `setting-unknown` */
export function parseSetting(text: string): Setting {
  const at = text.indexOf("=");
  if (at <= 0) throw new TarrError("setting-syntax", { value: text });
  return toSetting(text.slice(0, at), text.slice(at + 1));
}

export function toSetting(name: string, value: string): Setting {
  const key = settingKeys.find((one) => one === name);
  if (key === undefined) throw new TarrError("setting-unknown", { key: name, known: settingKeys.join(", ") });
  return { key, value };
}

/**
 * The network with these settings. A range that is not named moves with the address: the same host parts in the new
 * subnet where they fit, the default range where they do not.
 */
export function changeNetwork(network: Network, settings: readonly Setting[]): Network {
  const given = new Map(settings.map((setting) => [setting.key, setting.value]));
  const text = (key: SettingKey) => given.get(key);
  const address = apply(text("address"), parseSwitchAddress) ?? network.address;
  const range = apply(text("range"), parseRange) ?? moveRange(network, address);
  const changed: Network = {
    ...network,
    address,
    range,
    max: apply(text("max"), parseMax) ?? Math.min(network.max, rangeSize(range)),
    dhcp: apply(text("dhcp"), (value) => parseSwitchValue("dhcp", value)) ?? network.dhcp,
    domain: apply(text("domain"), parseDomain) ?? network.domain,
    reach: apply(text("reach"), parseReach) ?? network.reach,
  };
  checkNetwork(changed);
  return changed;
}

function apply<T>(text: string | undefined, parse: (text: string) => T): T | undefined {
  return text === undefined ? undefined : parse(text);
}

function moveRange(network: Network, address: Cidr): Range {
  const sameSubnet = formatCidr(subnetOf(address)) === formatCidr(subnetOf(network.address));
  const own = hostPart(address, address.address);
  const first = hostPart(network.address, network.range.first);
  const last = hostPart(network.address, network.range.last);
  const fits = last < subnetSize(address) - 1 && (own < first || own > last);
  if (sameSubnet && fits) return network.range;
  if (!fits) return defaultRange(address);
  return { first: hostAddress(address, first), last: hostAddress(address, last) };
}

/** What must hold between a network's own values. @throws TarrError `range-*`, `max-invalid` */
export function checkNetwork(network: Network): void {
  const { address, range } = network;
  const values = { value: formatRange(range), subnet: formatCidr(subnetOf(address)) };
  for (const end of [range.first, range.last]) {
    const host = hostPart(address, end);
    const usable = contains(address, end) && host !== 0 && host !== subnetSize(address) - 1;
    if (!usable) throw new TarrError("range-outside", { ...values, end });
  }
  if (toNumber(range.first) > toNumber(range.last)) throw new TarrError("range-reversed", values);
  if (inRange(range, address.address)) throw new TarrError("range-holds-host", { ...values, address: address.address });
}

export function settingsOf(network: Network): Record<SettingKey, string> {
  return {
    address: formatCidr(network.address),
    range: formatRange(network.range),
    max: String(network.max),
    dhcp: network.dhcp ? "on" : "off",
    domain: network.domain,
    reach: network.reach,
  };
}

export function sameNetwork(one: Network, other: Network): boolean {
  const [left, right] = [settingsOf(one), settingsOf(other)];
  return one.switch === other.switch && settingKeys.every((key) => left[key] === right[key]);
}
