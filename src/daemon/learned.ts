import { observeLearned } from "../host/links/learned.ts";
import { providerTraits } from "../model/machine.ts";
import type { InterfaceName, Mac } from "../model/names.ts";
import type { Port } from "../model/port.ts";
import type { Wanted } from "./reconcile.ts";

/**
 * Where the machines are whose hypervisor makes their interface itself: by the MAC that the switch saw behind it. The
 * switch forgets a silent one after five minutes; it is remembered here, and counts while its interface is there.
 */
export type Learned = (now: Wanted) => Promise<ReadonlyMap<Mac, InterfaceName>>;

export function learnedPlaces(observe = observeLearned): Learned {
  const places = new Map<Mac, InterfaceName>();
  return async ({ networks, ports }) => {
    const own = ports.filter(makesOwnInterface);
    if (own.length === 0) return places;
    const switches = networks.filter(({ name }) => own.some((port) => port.network === name));
    const seen = await Promise.all(
      switches.map((network) => observe(network.switch).catch(() => new Map<Mac, never>())),
    );
    for (const [mac, name] of seen.flatMap((map) => [...map])) {
      if (own.some((port) => port.mac === mac)) places.set(mac, name);
    }
    return places;
  };
}

const none: ReadonlyMap<Mac, InterfaceName> = new Map();

/** A look at the switches more, but only where the cable of such a machine is not as usual. */
export function placesNeeded(learned: Learned, now: Wanted): Promise<ReadonlyMap<Mac, InterfaceName>> {
  const needed = now.ports.some((port) => makesOwnInterface(port) && (port.pulled === true || port.line !== undefined));
  return needed ? learned(now) : Promise.resolve(none);
}

function makesOwnInterface(port: Port): boolean {
  return providerTraits[port.kind].joins === "own-interface";
}
