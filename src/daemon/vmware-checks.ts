import type { WireCheck } from "../api/types.ts";
import { observeBridges } from "../host/vmware/bridges.ts";
import type { Network } from "../model/network.ts";
import { pairOf } from "../model/pairs.ts";
import type { Observed } from "../plan/observed.ts";
import { observedLinks } from "../plan/observed.ts";
import { verdict, warn } from "./check.ts";

/**
 * Whether VMware's machines find their port on each switch. What VMware itself lacks is told by the command line, which
 * is allowed to look at it.
 */
export async function checkVmware(
  networks: readonly Network[],
  observed: Observed,
  bridges = observeBridges,
): Promise<WireCheck[]> {
  if (!observed.vmware.known || !observed.vmware.value) return [];
  const bridged = await bridges();
  const links = new Map(observedLinks(observed).map((link) => [link.name, link]));
  return networks.map(({ switch: on }) => {
    const { interface: name } = pairOf("vmware", on);
    // As 0.2.0 had it, and as an administrator may have it by hand: in force until VMware's networks start again.
    if (bridged.has(on)) return warn("vmware-switch", { switch: on, interface: name });
    const link = links.get(name);
    return verdict("vmware-port", link?.master === on && link.up, { switch: on, interface: name });
  });
}
