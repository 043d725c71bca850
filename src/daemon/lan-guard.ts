import type { Guard } from "../host/arp/guard.ts";
import { guardAddresses } from "../host/arp/guard.ts";
import { linkChanges, macOfCard } from "../host/links/card.ts";
import type { Ipv4 } from "../model/address.ts";
import type { InterfaceName, Mac } from "../model/names.ts";
import type { LanAddress } from "../plan/desired.ts";
import { log } from "./journal.ts";

/** Defends machines' addresses on each LAN segment, and knows who else uses one. */
export type LanGuard = {
  readonly follow: (addresses: readonly LanAddress[]) => void;
  readonly rivals: () => ReadonlyMap<Ipv4, Mac>;
};

type Post = { readonly mac: Mac; readonly guard: Guard; readonly changes: number | null };

/**
 * One guard for each uplink that has such addresses; none where nothing is to be guarded.
 *
 * @param onReturn runs when an uplink's link was away: it may be in another room now, on another switch
 */
export function lanGuard(onReturn: () => void): LanGuard {
  const posts = new Map<InterfaceName, Post>();
  let last: Promise<void> = Promise.resolve();
  const settle = async (addresses: readonly LanAddress[]) => {
    const byUplink = Map.groupBy(addresses, ({ uplink }) => uplink);
    for (const [uplink, { guard }] of posts) {
      if (byUplink.has(uplink)) continue;
      guard.close();
      posts.delete(uplink);
    }
    for (const [uplink, own] of byUplink) {
      const guarded = own.map(({ address }) => address);
      const [mac, changes] = await Promise.all([macOfCard(uplink), linkChanges(uplink)]);
      const post = posts.get(uplink);
      if (post?.mac === mac) {
        post.guard.set(guarded);
        if (changes === null || changes === post.changes) continue;
        posts.set(uplink, { ...post, changes });
        if (post.changes === null) continue;
        post.guard.announce();
        onReturn();
        continue;
      }
      // Another card under the same name: what was said with the old MAC is to be said anew.
      post?.guard.close();
      const guard = guardAddresses({ interface: uplink, mac, addresses: guarded, onChange: tell });
      posts.set(uplink, { mac, changes, guard });
    }
  };
  return {
    follow: (addresses) => {
      last = last
        .then(() => settle(addresses))
        .catch((error: unknown) => log("warning", `addresses on the LAN are not guarded: ${String(error)}`));
    },
    rivals: () => new Map([...posts.values()].flatMap(({ guard }) => [...guard.conflicts()])),
  };
}

function tell(rivals: ReadonlyMap<Ipv4, Mac>): void {
  for (const [address, mac] of rivals) log("warning", `${address} of a machine is used on the LAN by ${mac} too`);
}
