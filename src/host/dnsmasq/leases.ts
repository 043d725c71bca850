import { readFile } from "node:fs/promises";
import type { Ipv4 } from "../../model/address.ts";
import { isIpv4 } from "../../model/address.ts";
import type { Mac, NetworkName } from "../../model/names.ts";
import { isMac } from "../../model/names.ts";
import { paths } from "./paths.ts";
import { leaseSeconds } from "./render.ts";

export type GrantedLease = {
  readonly mac: Mac;
  readonly address: Ipv4;
  /** Seconds since 1970. */ readonly granted: number;
};

export async function observeLeases(folder: string, network: NetworkName): Promise<readonly GrantedLease[]> {
  try {
    return parseLeases(await readFile(paths(folder, network).leases, "utf8"), Date.now() / 1000);
  } catch {
    return [];
  }
}

/** @param text a lease file of dnsmasq: `expiry mac address name client-id`, one lease in a line */
export function parseLeases(text: string, now: number): readonly GrantedLease[] {
  return text.split("\n").flatMap((line) => {
    const [expiryText = "", mac = "", address = ""] = line.split(" ");
    const expiry = Number(expiryText);
    if (!isMac(mac) || !isIpv4(address) || !(expiry > now)) return [];
    return [{ mac, address, granted: expiry - leaseSeconds }];
  });
}
