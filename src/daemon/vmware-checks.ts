import type { WireCheck } from "../api/types.ts";
import { observeBridges } from "../host/vmware/bridges.ts";
import { readVmwareNetworking } from "../host/vmware/networking.ts";
import type { Network } from "../model/network.ts";
import { pairOf } from "../model/pairs.ts";
import { vmnetOf } from "../model/vmware-networking.ts";
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
  { bridges, networking }: VmwareSources = { bridges: observeBridges, networking: readVmwareNetworking },
): Promise<WireCheck[]> {
  if (!observed.vmware.known || !observed.vmware.value) return [];
  const [bridged, text] = await Promise.all([bridges(), networking()]);
  const links = new Map(observedLinks(observed).map((link) => [link.name, link]));
  return networks.map(({ switch: on }) => {
    const { interface: name } = pairOf("vmware", on);
    const values = { switch: on, interface: name };
    if (links.get(name)?.marked === false) return warn("vmware-foreign", values);
    // As earlier versions had it, and as an administrator may have it by hand: in force until VMware's networks start again.
    if (bridged.has(on)) return warn("vmware-switch", values);
    if (text !== null && vmnetOf(text, name) === null) return warn("vmware-line", values);
    // Where the module is bridged to nothing at all, VMware's networks do not run: they read the line when they start.
    if (bridged.size > 0 && !bridged.has(name)) return warn("vmware-unread", values);
    const link = links.get(name);
    return verdict("vmware-port", link?.master === on && link.carrier, values);
  });
}

type VmwareSources = {
  readonly bridges: () => Promise<ReadonlySet<string>>;
  /** VMware's file of networks; null when it cannot be read. */
  readonly networking: () => Promise<string | null>;
};
