import type { NetworkName } from "../../model/names.ts";
import type { NameServicePaths } from "./render.ts";

export function configurationPath(folder: string, network: NetworkName): string {
  return `${folder}/${network}.conf`;
}

/** What the running service was started with, as data: the undo of a change is made of it. */
export function savedPath(folder: string, network: NetworkName): string {
  return `${folder}/${network}.json`;
}

/**
 * All in /run: reservations are made anew from the ports, and a guest without one asks for the address it had, which
 * an authoritative server grants. On a disk dnsmasq would write and sync the whole file at every renewal.
 */
export function paths(folder: string, network: NetworkName): NameServicePaths {
  return {
    configuration: configurationPath(folder, network),
    leases: `${folder}/${network}.leases`,
    reservations: `${folder}/${network}.reservations`,
    hosts: `${folder}/${network}.hosts`,
    pid: `${folder}/${network}.pid`,
    withoutDhcp: `${folder}/${network}.without-dhcp`,
  };
}
