import type { WireCheck } from "../api/types.ts";
import { fail, pass } from "./check.ts";
import type { Network } from "../model/network.ts";
import type { Glance, ObservedLink } from "../plan/observed.ts";
import { networksOnLan } from "../plan/settle.ts";
import type { Splice } from "../plan/splice.ts";
import { lanPlace, surroundings, uplinksOf } from "../plan/uplink.ts";
import type { World } from "./reconcile.ts";
import type { Port } from "../model/port.ts";

type Twins = {
  readonly splices: readonly Splice[];
  readonly networks: readonly Network[];
  readonly ports: readonly Port[];
  readonly links: ReadonlyMap<string, ObservedLink>;
};

/**
 * Machines of a bridged network whose MAC another machine on the segment has too: of a computer that was copied with its
 * machines. The LAN's server gives both one address, and each is reached now and then.
 */
export async function checkTwins(world: World, { splices, networks, ports, links }: Twins): Promise<WireCheck[]> {
  const known = new Map(world.seen.leases().map(({ mac, address }) => [mac, address]));
  const found = splices.map(async ({ switch: on, nic, mac }): Promise<WireCheck[]> => {
    const network = networks.find((one) => one.switch === on);
    const claims = ports.flatMap((port) => {
      const address = known.get(port.mac);
      return port.network !== network?.name || address === undefined ? [] : [{ ...port, address }];
    });
    if (network === undefined || claims.length === 0) return [];
    const answers = await world.lan.answers({ interface: nic, mac }, claims).catch(() => null);
    if (answers === null) return [];
    const values = { network: network.name, uplink: nic };
    const twins = claims.filter((port) => (answers.get(port.mac) ?? 0) > (canAnswer(port, links) ? 1 : 0));
    if (twins.length === 0) return [pass("lan-twin", values)];
    return twins.map((port) =>
      fail("lan-twin", { ...values, machine: port.name, mac: port.mac, address: port.address }),
    );
  });
  return (await Promise.all(found)).flat();
}

/** A tap without its machine, and one whose cable is pulled, lets no answer out; of a container's interface it is not known. */
function canAnswer({ interface: name, pulled }: Port, links: ReadonlyMap<string, ObservedLink>): boolean {
  return pulled !== true && links.get(name)?.carrier !== false;
}

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
