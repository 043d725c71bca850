import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { parseIpv4, readCidr } from "../../src/model/address.ts";
import type { Cidr } from "../../src/model/address.ts";
import { parseDocument } from "../../src/model/document.ts";
import type { InterfaceName, Mac, NetworkName } from "../../src/model/names.ts";
import { interfaceName, isMac, isPortId, parseNetworkName } from "../../src/model/names.ts";
import type { Network } from "../../src/model/network.ts";
import type { Port } from "../../src/model/port.ts";
import type { Circumstances } from "../../src/plan/desired.ts";
import type { RuleSet } from "../../src/plan/desired.ts";
import type {
  Neighbour,
  Observed,
  ObservedNameService,
  ObservedRules,
  ObservedSplice,
  Owned,
} from "../../src/plan/observed.ts";
import type { FakeLink, FakeState } from "../fake-host/fake-host.ts";

/** A link in `observed.yaml`. What is not said is as on a plain network card that is up and plugged in. */
type WrittenLink = Partial<Record<"kind" | "mac" | "master" | "peer", string>> &
  Partial<Pick<FakeLink, "line">> &
  Partial<Record<"ethernet" | "up" | "marked" | "driven" | "quiet" | "arp" | "promiscuous", boolean>> & {
    readonly name: string;
    readonly mtu?: number;
    readonly addresses?: readonly string[];
    readonly tapOwner?: number | null;
    readonly port?: string;
    readonly obstacle?: "wireless" | "authenticated" | null;
  };

type WrittenRoute = {
  readonly to: string;
  readonly interface: string;
  readonly metric?: number;
  readonly gateway?: string;
  /** Of a route of ours alone. */
  readonly source?: string;
};

type WrittenRules = Omit<RuleSet, "splices" | "closed"> & Partial<Pick<RuleSet, "splices" | "closed">>;

/** `observed.yaml`: what the kernel says of a host, and what our files say of it. */
export type Written = {
  readonly links?: readonly WrittenLink[];
  readonly routes?: readonly WrittenRoute[];
  readonly proxies?: readonly { readonly address: string; readonly interface: string }[];
  readonly proxying?: readonly string[];
  readonly rules?: WrittenRules | "altered" | null;
  readonly splices?: readonly ObservedSplice[];
  readonly neighbours?: readonly Neighbour[];
  readonly forwarding?: readonly string[];
  readonly names?: Readonly<Record<string, ObservedNameService>>;
  readonly promotesSecondaries?: boolean;
  /** False: the kernel lacks `sch_netem`. */
  readonly netem?: boolean;
  readonly vmware?: boolean;
  /** Parts that could not be observed. */
  readonly unknown?: readonly (keyof Observed)[];
  readonly ports?: readonly (Omit<Port, "lan"> & Partial<Pick<Port, "lan">>)[];
  readonly stopped?: readonly string[];
  /** Behind which interface the switch saw a MAC. */
  readonly places?: Readonly<Record<string, string>>;
  readonly owned?: {
    readonly forwarding?: readonly string[];
    readonly promiscuous?: readonly string[];
    readonly making?: readonly string[];
    readonly joined?: Readonly<Record<string, string>>;
  };
};

export type Case = {
  readonly networks: readonly Network[];
  readonly ports: readonly Port[];
  readonly stopped: ReadonlySet<NetworkName>;
  readonly places: ReadonlyMap<Mac, InterfaceName>;
  readonly owned: Owned;
  readonly unknown: ReadonlySet<keyof Observed>;
  /** A host of its own at each call. */
  readonly state: () => FakeState;
};

export function readCase(folder: string): Case {
  const { networks } = parseDocument(readFileSync(join(folder, "document.yaml"), "utf8"));
  const written = parse(readFileSync(join(folder, "observed.yaml"), "utf8")) as Written;
  return {
    networks,
    ports: (written.ports ?? []).map((port) => ({ ...port, lan: port.lan ?? null })),
    stopped: new Set((written.stopped ?? []).map(parseNetworkName)),
    places: new Map(Object.entries(written.places ?? {}).map(([at, name]) => [mac(at), interfaceName(name)])),
    owned: {
      forwarding: new Set((written.owned?.forwarding ?? []).map(interfaceName)),
      promiscuous: new Set((written.owned?.promiscuous ?? []).map(interfaceName)),
      making: new Set((written.owned?.making ?? []).map(interfaceName)),
      joined: new Map(
        Object.entries(written.owned?.joined ?? {}).map(([name, on]) => [interfaceName(name), interfaceName(on)]),
      ),
    },
    unknown: new Set(written.unknown ?? []),
    state: () => toState(written),
  };
}

export function toState(written: Written): FakeState {
  const links = (written.links ?? []).map(toLink);
  const names = Object.entries(written.names ?? {});
  return {
    links: new Map(links.map((link) => [link.name, link])),
    routes: (written.routes ?? []).map(({ to, interface: name, metric, gateway, source }) => ({
      to: cidr(to),
      interface: interfaceName(name),
      metric: metric ?? 0,
      gateway: gateway === undefined ? null : parseIpv4(gateway),
      source: source === undefined ? null : parseIpv4(source),
      marked: source !== undefined,
    })),
    proxies: (written.proxies ?? []).map(({ address, interface: name }) => ({
      address: parseIpv4(address),
      interface: interfaceName(name),
    })),
    proxying: new Set((written.proxying ?? []).map(interfaceName)),
    rules: rulesOf(written),
    splices: written.splices ?? [],
    peers: [],
    neighbours: written.neighbours ?? [],
    forwarding: new Set((written.forwarding ?? []).map(interfaceName)),
    names: new Map(names.map(([network, service]) => [parseNetworkName(network), service])),
    promotesSecondaries: written.promotesSecondaries ?? false,
    netem: written.netem ?? true,
    vmware: written.vmware ?? false,
  };
}

/** What is not said of closed interfaces is as we would have left it: those are closed whose forwarding is ours. */
function rulesOf({ rules = null, owned }: Written): ObservedRules {
  if (rules === null || rules === "altered") return rules;
  const ours = (owned?.forwarding ?? []).map(interfaceName).filter((name) => !name.startsWith("vswitch"));
  const { networks, owners, splices = [], closed = ours, ...rest } = rules;
  return { networks, owners, splices, closed, ...rest };
}

function toLink(link: WrittenLink): FakeLink {
  const kind = link.kind ?? "";
  return {
    name: interfaceName(link.name),
    kind,
    ethernet: link.ethernet ?? true,
    mac: link.mac === undefined ? null : mac(link.mac),
    mtu: link.mtu ?? 1500,
    up: link.up ?? true,
    master: link.master === undefined ? null : interfaceName(link.master),
    addresses: (link.addresses ?? []).map(cidr),
    marked: link.marked ?? false,
    tapOwner: link.tapOwner ?? null,
    peer: link.peer === undefined ? null : interfaceName(link.peer),
    driven: link.driven ?? kind === "",
    quiet: link.quiet ?? false,
    ...mannersOf({ arp: !link.name.endsWith("-peer"), ...link }),
  };
}

function mannersOf({ arp = true, promiscuous = false, obstacle = null, port, line = null }: WrittenLink) {
  return { arp, promiscuous, obstacle, line, port: port !== undefined && isPortId(port) ? port : null };
}

function cidr(text: string): Cidr {
  const parsed = readCidr(text);
  if (parsed === null) throw new Error(`${text} is no address`);
  return parsed;
}

function mac(text: string): Mac {
  if (!isMac(text)) throw new Error(`${text} is no MAC`);
  return text;
}

/** Stands for the hash of the machine-id: 02:00:00:00:00:0N for vswitchN. */
export const testMac: Circumstances["macOf"] = (name) => mac(`02:00:00:00:00:0${name.slice(-1)}`);
