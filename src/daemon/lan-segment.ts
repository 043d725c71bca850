import { countAnswers, probeOwners } from "../host/arp/probe.ts";
import { acquireLease, releaseLease, renewLease } from "../host/lan-dhcp/client.ts";
import { macOfCard } from "../host/links/card.ts";
import { log } from "./journal.ts";
import type { LanGuard } from "./lan-guard.ts";
import type { LanDhcp, LanLeases } from "./lan-leases.ts";
import type { LanSegment } from "./lan.ts";

/** The DHCP server of the LAN itself. */
export const lanDhcp: LanDhcp = {
  acquire: acquireLease,
  renew: renewLease,
  release: releaseLease,
  macOf: macOfCard,
};

/** The real LAN segment: asked by ARP, and leased from by DHCP. */
export function lanSegment(leases: Pick<LanLeases, "lease" | "retain">, guard: LanGuard): LanSegment {
  return {
    owners: async ({ uplink }, addresses) =>
      probeOwners({ interface: uplink, mac: await macOfCard(uplink), addresses }),
    answers: countAnswers,
    lease: leases.lease,
    follow: ({ addresses, leased }) => {
      guard.follow(addresses);
      // Nobody waits for it: the server takes a release, or the lease ends by itself.
      leases.retain(leased).catch((error: unknown) => log("warning", `leases of the LAN: ${String(error)}`));
    },
    rivals: guard.rivals,
  };
}
