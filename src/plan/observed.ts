import type { Cidr, Ipv4 } from "../model/address.ts";
import type { Line } from "../model/line.ts";
import type { InterfaceName, Mac, NetworkName, PortId } from "../model/names.ts";
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
  /** Who may open a tap; null for anyone, and for what is no tap. */
  readonly tapOwner: number | null;
  /** Speaks ARP: what does not answers for no address of the host's. */
  readonly arp: boolean;
  /** Takes frames that are meant for others, because somebody told it to. */
  readonly promiscuous: boolean;
  /** Hardware that carries frames of one sender alone: Wi-Fi, or a port of a LAN that knows who may be on it (802.1X). */
  readonly obstacle: "wireless" | "authenticated" | null;
  /** The port whose machine is behind it, where we wrote that on an interface that a hypervisor made. */
  readonly port: PortId | null;
  /** How we made its line; "altered" when it is no longer so, null for a line that is as usual. */
  readonly line: Line | "altered" | null;
};

/** Where frames that come out of an interface of ours go: the host's part to `nic` as if they had come in there. */
export type ObservedSplice = { readonly interface: InterfaceName; readonly nic: InterfaceName; readonly mac: Mac };

export type ObservedRoute = {
  readonly to: Cidr;
  readonly interface: InterfaceName;
  readonly metric: number;
  readonly gateway: Ipv4 | null;
  readonly source: Ipv4 | null;
  /** Carries our mark: we made it. */
  readonly marked: boolean;
};

/** A subnet that the host reaches. */
export type TakenSubnet = {
  readonly subnet: Cidr;
  /** For a sentence, and for nothing else. */
  readonly interface: string;
  /** By an address of the host's own there; else by a route. */
  readonly held: boolean;
};

/** Somebody whose MAC the host knows. */
export type ObservedPeer = { readonly address: Ipv4; readonly mac: Mac; readonly interface: InterfaceName };

/** An address for which the host answers on an interface that it does not hold it on; those of ours alone. */
export type ObservedProxy = { readonly address: Ipv4; readonly interface: InterfaceName };

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
  /** The kernel takes rules for it from its maker's process alone (nft(8), table flag `owner`). */
  readonly closed: boolean;
};

/** The name service (DHCP and DNS) of one network: what it serves, and whether it runs with just that. */
export type ObservedNameService = { readonly running: boolean; readonly service: NameService | null };

/** A part that could not be observed is unknown. Unknown forbids deletion, and any step that builds on it. */
export type Known<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly reason: string };

export type Observed = {
  readonly links: Known<readonly ObservedLink[]>;
  readonly routes: Known<readonly ObservedRoute[]>;
  readonly proxies: Known<readonly ObservedProxy[]>;
  /**
   * Subnets behind interfaces whose names we would never make part of a command (`wan+1`, `_lan0`): nothing of ours is
   * done there, but they are taken.
   */
  readonly hidden: Known<readonly TakenSubnet[]>;
  readonly rules: Known<ObservedRules>;
  readonly neighbours: Known<readonly Neighbour[]>;
  /** Interfaces that forward IPv4. */
  readonly forwarding: Known<ReadonlySet<InterfaceName>>;
  /** Interfaces on which the host answers for whatever it reaches elsewhere. */
  readonly proxying: Known<ReadonlySet<InterfaceName>>;
  readonly names: Known<ReadonlyMap<NetworkName, ObservedNameService>>;
  readonly splices: Known<readonly ObservedSplice[]>;
  /** VMware Workstation is set up on this host. */
  readonly vmware: Known<boolean>;
};

/** The part of it that needs no program to be run. */
export type Glance = Pick<Observed, "links" | "routes" | "proxies" | "hidden">;

/** What we changed that carries no mark in the kernel, and what we are in the middle of making. */
export type Owned = {
  /** Interfaces whose forwarding we switched on. */
  readonly forwarding: ReadonlySet<InterfaceName>;
  /** Interfaces that take frames meant for others because we told them to. */
  readonly promiscuous: ReadonlySet<InterfaceName>;
  /** Interfaces that an interrupted plan was to make: ours although the mark may be missing. */
  readonly making: ReadonlySet<InterfaceName>;
  /** Interfaces that hypervisors put on our switches themselves, each with its switch. Not ours, but our guests. */
  readonly joined: ReadonlyMap<InterfaceName, InterfaceName>;
};

export function observedLinks(observed: Pick<Observed, "links">): readonly ObservedLink[] {
  return observed.links.known ? observed.links.value : [];
}
