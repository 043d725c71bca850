import type { Cidr } from "../model/address.ts";
import type { InterfaceName, Mac, NetworkName } from "../model/names.ts";
import type { NameService, RuleSet } from "./desired.ts";

/** What the kernel says of one interface. Only what we manage, or need to know of others. */
export type ObservedLink = {
  readonly name: InterfaceName;
  /** `bridge`, `tun`, `veth`, ..., or `` for plain hardware. */
  readonly kind: string;
  /** Ethernet: what can be an uplink. */
  readonly ethernet: boolean;
  readonly mac: Mac | null;
  readonly mtu: number;
  readonly up: boolean;
  readonly carrier: boolean;
  readonly master: InterfaceName | null;
  readonly addresses: readonly Cidr[];
  /** Carries our mark: we made it. */
  readonly marked: boolean;
  /** Who may open a tap; null for anyone, and for what is no tap. Unknown is no reason to make it anew. */
  readonly tapOwner: number | null | "unknown";
};

export type ObservedRoute = { readonly to: Cidr; readonly interface: InterfaceName; readonly metric: number };

/** The packet rules as we last set them; null when none are there, "altered" when what is there is not what we set. */
export type ObservedRules = RuleSet | null | "altered";

/** A chain of another program's, through which our machines' packets go and which drops what it does not know. */
export type Neighbour = {
  readonly family: "ip" | "inet";
  readonly table: string;
  readonly chain: string;
  readonly hook: "input" | "forward";
  /** Who makes it; null for a chain that somebody wrote by hand, in which we put nothing. */
  readonly by: "Docker" | "ufw" | "firewalld" | "iptables" | null;
  /** Our rules are in it. */
  readonly passes: boolean;
};

/** The name service (DHCP and DNS) of one network: what it serves, and whether it runs with just that. */
export type ObservedNameService = { readonly running: boolean; readonly service: NameService | null };

/** A part that could not be observed is unknown. Unknown forbids deletion, and any step that builds on it. */
export type Known<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly reason: string };

export type Observed = {
  readonly links: Known<readonly ObservedLink[]>;
  readonly routes: Known<readonly ObservedRoute[]>;
  readonly rules: Known<ObservedRules>;
  readonly neighbours: Known<readonly Neighbour[]>;
  /** Interfaces that forward IPv4. */
  readonly forwarding: Known<ReadonlySet<InterfaceName>>;
  readonly names: Known<ReadonlyMap<NetworkName, ObservedNameService>>;
};

/** The part of it that needs no packet rule or name service: two quick programs. */
export type Glance = Pick<Observed, "links" | "routes">;

/** What we changed that carries no mark in the kernel, and what we are in the middle of making. */
export type Owned = {
  /** Interfaces whose forwarding we switched on. */
  readonly forwarding: ReadonlySet<InterfaceName>;
  /** Interfaces that an interrupted plan was to make: ours although the mark may be missing. */
  readonly making: ReadonlySet<InterfaceName>;
  /** Interfaces that hypervisors put on our switches themselves, each with its switch. Not ours, but our guests. */
  readonly joined: ReadonlyMap<InterfaceName, InterfaceName>;
};

export function observedLinks(observed: Pick<Observed, "links">): readonly ObservedLink[] {
  return observed.links.known ? observed.links.value : [];
}
