import { watchHost } from "../host/watch.ts";
import { log } from "./journal.ts";
import type { Port } from "../model/port.ts";
import { same } from "../plan/compare.ts";
import { nobodyAsks } from "../plan/settle.ts";
import type { Plan } from "../plan/step.ts";
import { isShortOfPlaces, withLanAddresses } from "./lan.ts";
import type { Wanted, World } from "./reconcile.ts";
import { reconcile } from "./reconcile.ts";
import type { Service } from "./service.ts";
import { wantedNow } from "./service.ts";
import { writePorts } from "./state.ts";

/** Changes come in bursts; one look after the burst is enough. */
const settle = 200;
/** What sends no event is found by looking now and then (dnsmasq, a file of the sysctls). */
const lookEvery = 10_000;
/** Repairs within a minute from which on somebody else keeps undoing them: a war would only cost both. */
const warAfter = 10;
const warPause = 60_000;
const askAgainAfter = 60_000;
/** After a failure, and twice as long after each that is like it: what cannot be done is not tried all day. */
const firstPause = 500;
const longestPause = 300_000;

/** The host may have changed so that machines' addresses on the LAN do: another uplink, another subnet. */
async function repair(world: World, places: Places): Promise<Plan> {
  const now = await wantedNow(world);
  const ports = await places(world, now);
  if (!same(ports, now.ports)) await writePorts(world.folders, ports);
  return reconcile(world, { ...now, ports });
}

type Places = (world: World, now: Wanted) => Promise<readonly Port[]>;

/**
 * Ports with their places on the LAN. Where there are too few, the whole pool is asked through to find out, while everybody
 * waits: then not again within a minute.
 */
function placesNowAndThen(): Places {
  let notBefore = 0;
  return async (world, { networks, ports }) => {
    const now = performance.now();
    if (now < notBefore) return ports;
    const placed = await withLanAddresses(world, { networks, ports, isAsked: nobodyAsks });
    if (await isShortOfPlaces(world, { networks, ports: placed })) notBefore = now + askAgainAfter;
    return placed;
  };
}

export type Repairs = {
  /** Has the host looked at in a moment. */
  readonly soon: () => void;
  readonly end: () => void;
};

function backOff() {
  let last = "";
  let pause = 0;
  let notBefore = 0;
  return {
    pauses: (now: number) => now < notBefore,
    worked: () => {
      last = "";
      notBefore = 0;
    },
    /** @returns milliseconds until the next try */
    failed: (error: string, now: number) => {
      pause = error === last ? Math.min(longestPause, pause * 2) : firstPause;
      last = error;
      notBefore = now + pause;
      return pause;
    },
  };
}

/**
 * Keeps the host as it should be when others change it: the switch deleted by hand, rules flushed by a firewall's
 * restart, a dnsmasq that died.
 */
export function keepRepaired(service: Service): Repairs {
  const repairs: number[] = [];
  const places = placesNowAndThen();
  let timer: ReturnType<typeof setTimeout> | null = null;
  const failing = backOff();
  const look = async () => {
    timer = null;
    const now = performance.now();
    if (failing.pauses(now)) return;
    while (repairs[0] !== undefined && now - repairs[0] > warPause) repairs.shift();
    if (repairs.length >= warAfter) return;
    try {
      const plan = await service.flight(() => repair(service.world, places));
      failing.worked();
      if (plan.steps.length > 0) repairs.push(performance.now());
      if (repairs.length === warAfter) {
        const text = "others keep changing the switch; repairs pause for a minute";
        log("warning", text, { id: "repairs-paused", fields: {} });
      }
    } catch (error) {
      log("warning", `repair: ${String(error)}`);
      setTimeout(soon, failing.failed(String(error), performance.now())).unref();
    }
  };
  const soon = () => {
    timer ??= setTimeout(() => void look(), settle);
  };
  const endWatch = watchHost(soon);
  // What happened between the first start's last look and this is told by no event.
  soon();
  const ticking = setInterval(soon, lookEvery);
  const end = () => {
    endWatch();
    clearInterval(ticking);
    if (timer !== null) clearTimeout(timer);
  };
  return { soon, end };
}
