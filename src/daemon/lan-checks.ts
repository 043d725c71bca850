import type { WireCheck } from "../api/types.ts";
import { fail, pass } from "./check.ts";
import type { Network } from "../model/network.ts";
import type { Glance } from "../plan/observed.ts";
import { networksOnLan } from "../plan/settle.ts";
import { lanPlace, surroundings, uplinksOf } from "../plan/uplink.ts";
import type { World } from "./reconcile.ts";
import type { Port } from "../model/port.ts";

/** Machines with addresses on the LAN: whether the host is on that segment, and nobody else uses one of them. */
export function checkLan(
  world: World,
  what: { readonly networks: readonly Network[]; readonly ports: readonly Port[]; readonly observed: Glance },
): WireCheck[] {
  const { networks, ports } = what;
  const around = surroundings(what.observed);
  const rivals = world.lan.rivals();
  return networksOnLan(networks, around).flatMap((network): WireCheck[] => {
    const { name } = network;
    const place = lanPlace(network, uplinksOf(network, around, networks));
    if (place === null) return [fail("lan-place", { network: name })];
    const own = ports.filter((port) => port.network === name && port.lan !== null);
    const contested = own.flatMap(({ name: machine, lan }): WireCheck[] => {
      const mac = lan === null ? undefined : rivals.get(lan);
      if (lan === null || mac === undefined) return [];
      return [fail("lan-rival", { machine, address: lan, mac, network: name })];
    });
    if (contested.length > 0) return contested;
    return [pass("lan-rival", { network: name, uplink: place.uplink })];
  });
}
