import { TarrError } from "../error.ts";
import type { Cidr, Ipv4 } from "./address.ts";
import { formatCidr, hostAddress, hostPart, parseIpv4, parseSwitchAddress, subnetOf, subnetSize } from "./address.ts";
import { contains, toNumber } from "./address.ts";
import type { DomainName, InterfaceName, NetworkName } from "./names.ts";
import { isInterfaceName, parseDomain, printable } from "./names.ts";

/** How far a network reaches. */
export const reaches = ["isolated", "nat", "routed", "proxy-arp", "bridged"] as const;
export type Reach = (typeof reaches)[number];
/** `auto`: the furthest that is safe on the host as it is (`plan/reach.ts`). */
export type WantedReach = Reach | "auto";

/** What users may give networks of their own: these take nothing of the LAN's. */
export const userReaches: readonly string[] = ["isolated", "nat", "routed"];

export type Range = { readonly first: Ipv4; readonly last: Ipv4 };

/** Where machines' addresses on the LAN come from in reach `proxy-arp`: a range of them, or the LAN's own DHCP server. */
export type Pool = Range | "lan-dhcp";

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
  readonly reach: WantedReach;
  readonly pool: Pool | null;
  /** The interface to the LAN segment; `auto`: where the default route leads. */
  readonly uplink: InterfaceName | "auto";
  /** The user who made it, by uid; null for one of the document's, which is everybody's. */
  readonly owner: number | null;
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

/** @throws TarrError `reach-invalid` */
export function parseReach(text: string): WantedReach {
  const known = [...reaches, "auto"] as const;
  const reach = known.find((one) => one === text);
  if (reach !== undefined) return reach;
  throw new TarrError("reach-invalid", { value: printable(text), known: known.join(", ") });
}

/** `FIRST-LAST`, `lan-dhcp`, or `none`. @throws TarrError `range-invalid`, `address-invalid`, `pool-invalid` */
export function parsePool(text: string): Pool | null {
  if (text === "none") return null;
  if (text === "lan-dhcp") return text;
  const pool = parseRange(text);
  const size = rangeSize(pool);
  if (size < 1 || size > rangeCapacity) throw new TarrError("pool-invalid", { value: printable(text) });
  return pool;
}

export function formatPool(pool: Pool | null): string {
  if (pool === null) return "none";
  return pool === "lan-dhcp" ? pool : formatRange(pool);
}

/** @throws TarrError `uplink-invalid` */
export function parseUplink(text: string): Network["uplink"] {
  if (text === "auto") return text;
  if (!isInterfaceName(text)) throw new TarrError("uplink-invalid", { value: printable(text) });
  return text;
}

/** A network of which nothing more is said: what is not said otherwise is usual. */
export function usualNetwork(made: Pick<Network, "name" | "switch" | "address" | "owner">): Network {
  const range = defaultRange(made.address);
  const domain = parseDomain(`${made.name}.internal`);
  return { ...made, range, max: defaultMax(range), dhcp: true, domain, reach: "nat", pool: null, uplink: "auto" };
}

/** What `network set` takes, as written in the document. */
export const settingKeys = ["address", "range", "max", "dhcp", "domain", "reach", "pool", "uplink"] as const;
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
    // `none` is a value of its own here: no pool any more.
    pool: text("pool") === undefined ? network.pool : parsePool(text("pool") ?? ""),
    uplink: apply(text("uplink"), parseUplink) ?? network.uplink,
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
  if (network.reach === "proxy-arp" && network.pool === null)
    throw new TarrError("pool-needed", { value: "none", network: network.name });
}

export function settingsOf(network: Network): Record<SettingKey, string> {
  return {
    address: formatCidr(network.address),
    range: formatRange(network.range),
    max: String(network.max),
    dhcp: network.dhcp ? "on" : "off",
    domain: network.domain,
    reach: network.reach,
    pool: formatPool(network.pool),
    uplink: network.uplink,
  };
}

export function sameNetwork(one: Network, other: Network): boolean {
  const [left, right] = [settingsOf(one), settingsOf(other)];
  return (
    one.switch === other.switch && one.owner === other.owner && settingKeys.every((key) => left[key] === right[key])
  );
}
