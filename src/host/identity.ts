import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import type { InterfaceName, Mac } from "../model/names.ts";
import { isMac } from "../model/names.ts";
import { TarrError } from "../error.ts";

/**
 * A switch's MAC: the same on this host for ever, another one on the next host (lxc-net's is a constant, and two hosts
 * that are joined then share it). Hashed, since machine-id(5) asks that the id itself be kept from the network.
 */
export async function switchMac(): Promise<(name: InterfaceName) => Mac> {
  const id = await machineId();
  return (name) => {
    const bytes = createHash("sha256").update(`tarr-steps ${id} ${name}`).digest().subarray(0, 5);
    // 02: locally administered, unicast (IEEE 802-2014 §8.4)
    const mac = `02:${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":")}`;
    if (!isMac(mac)) throw new TarrError("bug", { reason: mac });
    return mac;
  };
}

async function machineId(): Promise<string> {
  try {
    return (await readFile("/etc/machine-id", "utf8")).trim() || hostname();
  } catch {
    return hostname();
  }
}
