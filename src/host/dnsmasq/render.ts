import { netmask } from "../../model/address.ts";
import { toNumber } from "../../model/address.ts";
import type { NameService } from "../../plan/desired.ts";
import type { Held } from "./held.ts";
import { nothingHeld } from "./held.ts";

/** Where the files of one network's name service are. */
export type NameServicePaths = {
  readonly configuration: string;
  readonly leases: string;
  readonly reservations: string;
  readonly hosts: string;
  readonly pid: string;
  /** There when dnsmasq could not start with DHCP. */
  readonly withoutDhcp: string;
};

/**
 * How long a guest keeps its address unasked. Long enough to survive a name service that is away for a while, short
 * enough that a guest without means to notice follows a change of subnet within minutes.
 */
export const leaseSeconds = 600;

/** Seconds after which a guest of an isolated network asks again. */
const isolatedRenewal = 20;

/**
 * dnsmasq.conf of one network (dnsmasq(8)).
 *
 * `no-ping`: dnsmasq pings each address for up to 3 s before it offers it. `dhcp-ignore-clid`: a cloned machine has its
 * model's client id but a MAC of its own. `dhcp-ignore-names`: names are given, not taken: no guest may call itself
 * after another one. No `dhcp-script`, no user's line in here: dnsmasq would run it.
 */
export function renderConfiguration(service: NameService, paths: NameServicePaths, held: Held = nothingHeld): string {
  const lines = [
    "# Made by tarr-steps, anew at each change: what is wanted stands in /etc/tarr-steps/tarr-steps.yaml",
    `interface=${service.switch}`,
    "except-interface=lo",
    "bind-dynamic",
    "no-hosts",
    `pid-file=${paths.pid}`,
    `addn-hosts=${paths.hosts}`,
    `domain=${service.domain}`,
    `local=/${service.domain}/`,
    "domain-needed",
    "bogus-priv",
    "dns-loop-detect",
    ...(service.isolated ? ["no-resolv"] : []),
    ...(service.dhcp && !held.dhcp ? dhcpLines(service, paths) : []),
    ...(held.dns ? heldLines(service, held) : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** Machines are still sent to this address for names: who answers there knows the rest of the world. */
function heldLines({ address, dhcp, isolated }: NameService, held: Held): string[] {
  const isTold = dhcp && !held.dhcp && !isolated;
  return ["port=0", ...(isTold ? [`dhcp-option=option:dns-server,${address.address}`] : [])];
}

function dhcpLines(service: NameService, paths: NameServicePaths): string[] {
  const { range, address } = service;
  return [
    `dhcp-range=${range.first},${range.last},${netmask(address)},${leaseSeconds}`,
    ...lanLines(service),
    `dhcp-lease-max=${service.max}`,
    `dhcp-leasefile=${paths.leases}`,
    `dhcp-hostsfile=${paths.reservations}`,
    `dhcp-option=option:mtu,${service.mtu}`,
    `dhcp-option=option:domain-search,${service.domain}`,
    // Without a router and a resolver of its own a guest takes none from us, rather than a dead one. It asks again soon (RFC
    // 2132 §9.11): when the network reaches further, its machines are to know the way out in seconds, not at half their lease.
    ...(service.isolated ? ["dhcp-option=option:router", `dhcp-option=option:T1,${isolatedRenewal}`] : []),
    "dhcp-authoritative",
    "dhcp-no-override",
    "dhcp-ignore-clid",
    "dhcp-ignore-names",
    "no-ping",
    "quiet-dhcp",
  ];
}

/**
 * Machines with a place on the LAN segment get its subnet and the host as their router. Only those: a guest without a port
 * has its address of the range, since nobody answers for it on the LAN. `shared-network` lets a server give addresses of
 * a subnet that its interface is not in.
 */
function lanLines({ switch: on, lan, address }: NameService): string[] {
  if (lan === null) return [];
  const { subnet, router } = lan;
  return [
    `shared-network=${on},${subnet.address}`,
    `dhcp-range=set:lan,${subnet.address},static,${netmask(subnet)},${leaseSeconds}`,
    `dhcp-option=tag:lan,option:router,${router}`,
    `dhcp-option=tag:lan,option:dns-server,${address.address}`,
  ];
}

/** dhcp-hostsfile: one line for each port. */
export function renderReservations(service: NameService): string {
  return service.leases.map((lease) => `${lease.mac},${lease.address},${lease.name}\n`).join("");
}

/** addn-hosts: names answer from the moment a port exists, also for a machine that took its address by hand. */
export function renderHosts(service: NameService): string {
  const host = `${service.address.address} host.${service.domain} host\n`;
  const machines = [...service.leases]
    .sort((one, other) => toNumber(one.address) - toNumber(other.address))
    .map((lease) => `${lease.address} ${lease.name}.${service.domain} ${lease.name}\n`);
  return host + machines.join("");
}
