import type { Desired, LanAddress } from "./desired.ts";
import type { Observed, ObservedProxy, ObservedRoute } from "./observed.ts";
import { observedLinks } from "./observed.ts";
import type { PlannedStep, Step } from "./step.ts";

/** What ends, and is done before a switch goes down (the kernel drops its routes then); and what begins, after. */
export type LanSteps = { readonly ended: readonly PlannedStep[]; readonly begun: readonly PlannedStep[] };

/**
 * Machines with addresses of the LAN. A machine's route is there before anybody can ask for it: without, proxy ARP on
 * the switch would answer its neighbours in its place, since the LAN's subnet is reached by the uplink.
 */
export function planLan(desired: Desired, observed: Observed): LanSteps {
  const [routes, proxies] = [planRoutes(desired, observed), planProxies(desired, observed)];
  return {
    ended: [...proxies.ended, ...routes.ended],
    begun: [...routes.begun, ...planProxying(desired, observed), ...proxies.begun],
  };
}

function planRoutes(desired: Desired, { routes }: Observed): LanSteps {
  if (!routes.known) return { ended: [], begun: [] };
  const ours = routes.value.filter((route) => route.marked);
  const isAs = (route: ObservedRoute, { address, switch: on, source }: LanAddress) =>
    route.to.address === address && route.to.prefix === 32 && route.interface === on && route.source === source;
  const missing = desired.lan.filter((one) => !ours.some((route) => isAs(route, one)));
  const unwanted = ours.filter((route) => !desired.lan.some((one) => isAs(route, one)));
  return {
    ended: unwanted.map((route): PlannedStep => {
      const { interface: on, source } = route;
      const { address } = route.to;
      const undo: Step[] = source === null ? [] : [{ kind: "add-host-route", interface: on, address, source }];
      return { step: { kind: "remove-host-route", interface: on, address }, reason: "not-wanted", undo };
    }),
    begun: missing.map(({ address, switch: on, source }): PlannedStep => ({
      step: { kind: "add-host-route", interface: on, address, source },
      reason: "missing",
      undo: [{ kind: "remove-host-route", interface: on, address }],
    })),
  };
}

/** Only our own switches: what others' interfaces answer is theirs to say. It ends with the switch. */
function planProxying(desired: Desired, { proxying }: Observed): PlannedStep[] {
  if (!proxying.known) return [];
  return desired.switches.flatMap(({ interface: name }): PlannedStep[] => {
    const wanted = desired.proxying.includes(name);
    if (wanted === proxying.value.has(name)) return [];
    const step = (on: boolean): Step => ({ kind: "set-proxying", interface: name, on });
    return [{ step: step(wanted), reason: wanted ? "missing" : "not-wanted", undo: [step(!wanted)] }];
  });
}

function planProxies(desired: Desired, observed: Observed): LanSteps {
  if (!observed.proxies.known) return { ended: [], begun: [] };
  const is = observed.proxies.value;
  const present = new Set(observedLinks(observed).map((link) => link.name));
  const wanted = desired.lan.map(({ address, uplink }) => ({ address, interface: uplink }));
  const has = (all: readonly ObservedProxy[], one: ObservedProxy) =>
    all.some((other) => other.address === one.address && other.interface === one.interface);
  const begin = (one: ObservedProxy): Step => ({ kind: "answer-for", ...one });
  const end = (one: ObservedProxy): Step => ({ kind: "stop-answering", ...one });
  return {
    ended: is
      .filter((one) => !has(wanted, one) && present.has(one.interface))
      .map((one): PlannedStep => ({ step: end(one), reason: "not-wanted", undo: [begin(one)] })),
    begun: wanted
      .filter((one) => !has(is, one))
      .map((one): PlannedStep => ({ step: begin(one), reason: "missing", undo: [end(one)] })),
  };
}
