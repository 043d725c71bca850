import type { InterfaceName, Mac } from "../model/names.ts";
import type { ObservedPeer } from "./observed.ts";
import type { Surroundings } from "./uplink.ts";

/** What has its guest's MAC on the host. */
const ofGuests: readonly string[] = ["macvtap", "tun"];

type Claim = {
  readonly mac: Mac;
  /** With what the MACs begin that this machine's hypervisor gives. */
  readonly prefix: string;
  readonly switches: ReadonlySet<InterfaceName>;
};

/**
 * Whether a MAC is the host's, or of somebody with whom it speaks elsewhere than on our switches. On a bridged network
 * frames to a machine's MAC are handed to it: with the NIC's own the host would be cut off, with a gateway's the host's
 * way out would lead to the machine. A hypervisor's own MAC may have been on the LAN before (its machine was bridged by
 * hand, and is plugged in now), but for a gateway's.
 */
export function isElsewhere(
  { mac, prefix, switches }: Claim,
  { links, routes, peers }: Surroundings & { readonly peers: readonly ObservedPeer[] },
): boolean {
  if (links.some((link) => link.mac === mac && !ofGuests.includes(link.kind))) return true;
  const known = peers.filter((peer) => peer.mac === mac && !switches.has(peer.interface));
  const isGateway = known.some(({ address }) => routes.some(({ gateway }) => gateway === address));
  return isGateway || (known.length > 0 && !mac.startsWith(prefix));
}
