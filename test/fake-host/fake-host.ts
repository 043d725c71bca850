import type { Line } from "../../src/model/line.ts";
import { disciplineOf } from "../../src/host/line/render.ts";
import { TarrError } from "../../src/error.ts";
import type { Host } from "../../src/host/host.ts";
import type { RunOutcome } from "../../src/host/links/run.ts";
import type { InterfaceName, NetworkName } from "../../src/model/names.ts";
import type {
  Neighbour,
  Observed,
  ObservedLink,
  ObservedNameService,
  ObservedPeer,
  ObservedProxy,
  ObservedRoute,
  ObservedRules,
  ObservedSplice,
} from "../../src/plan/observed.ts";
import type { Step } from "../../src/plan/step.ts";
import { runOnLan } from "./fake-lan.ts";
import { refuse, runOnLinks } from "./fake-links.ts";
import { refuseRules, runSplice } from "./fake-splices.ts";
import { print } from "./print.ts";

/** One interface as the fake kernel holds it. What `ObservedLink` tells and the kernel computes is left out. */
export type FakeLink = Omit<ObservedLink, "carrier"> & {
  /** The other end of a veth pair. */
  readonly peer: InterfaceName | null;
  /** A program holds the tap open, or the cable of a NIC is plugged in. */
  readonly driven: boolean;
  /** Frames are not flooded to it: the carrier's port. */
  readonly quiet: boolean;
};

/** All of a host that tarr-steps changes or looks at, as data. */
export type FakeState = {
  readonly links: Map<InterfaceName, FakeLink>;
  routes: readonly ObservedRoute[];
  proxies: readonly ObservedProxy[];
  rules: ObservedRules;
  neighbours: readonly Neighbour[];
  readonly forwarding: Set<InterfaceName>;
  readonly proxying: Set<InterfaceName>;
  readonly names: Map<NetworkName, ObservedNameService>;
  splices: readonly ObservedSplice[];
  peers: readonly ObservedPeer[];
  /** `net.ipv4.conf.*.promote_secondaries`: off in the kernel, switched on by systemd. */
  promotesSecondaries: boolean;
  /** The kernel has `sch_netem`. */
  netem: boolean;
  /** VMware Workstation is set up. */
  vmware: boolean;
};

/** What a test lets happen at the step of this number, counted over all runs. */
export type Mishap = {
  readonly at: number;
  /** `fail`: the step is refused. `crash`: our process is gone before it; `crash-half`: in the middle of it. */
  readonly how: "fail" | "crash" | "crash-half";
};

/**
 * A host that is only data. It knows each step that there is, refuses what a kernel would refuse, throws at what it does
 * not know, and prints itself as `ip`, `nft` and `sysctl` would be told.
 */
export class FakeHost implements Host {
  readonly state: FakeState;
  /** Every step that was run, undone ones included. */
  readonly ran: Step[] = [];
  readonly unknown = new Set<keyof Observed>();
  mishap: Mishap | null = null;
  /** Resolved when a crash has happened: whoever called `run` waits for ever, as a dead process does. */
  readonly crashed: Promise<void>;
  #crash: () => void = () => undefined;

  constructor(state: FakeState) {
    this.state = state;
    this.crashed = new Promise((resolve) => {
      this.#crash = resolve;
    });
  }

  glance(): Promise<Observed> {
    return this.observe();
  }

  peers(): Promise<readonly ObservedPeer[]> {
    return Promise.resolve(this.state.peers);
  }

  tryLine(_: InterfaceName, line: Line): Promise<void> {
    if (!this.state.netem && disciplineOf(line) === "netem") return Promise.reject(noNetem());
    return Promise.resolve();
  }

  observe(): Promise<Observed> {
    return Promise.resolve(observe(this.state, this.unknown));
  }

  async run(steps: readonly Step[]): Promise<RunOutcome> {
    for (const [done, step] of steps.entries()) {
      const mishap = this.mishap?.at === this.ran.length ? this.mishap.how : null;
      if (mishap?.startsWith("crash") === true) await this.#die(mishap === "crash-half" ? step : null);
      this.ran.push(step);
      const failure = mishap === "fail" ? new TarrError("command-failed", injected) : apply(this.state, step);
      if (failure !== null) {
        return { done, failure, begun: !/File exists|resource busy/.test(failure.values["said"] ?? "") };
      }
    }
    return { done: steps.length, failure: null };
  }

  print(): string {
    return print(this.state);
  }

  async #die(half: Step | null): Promise<never> {
    if (half !== null) applyHalf(this.state, half);
    this.#crash();
    return new Promise(() => undefined);
  }
}

const injected = { command: "ip -batch", status: "1", said: "RTNETLINK answers: injected" };

export function noNetem(): TarrError {
  return new TarrError("line-unsupported", { module: "sch_netem" });
}

/** Runs one step. @returns what was refused, or null */
export function apply(state: FakeState, step: Step): TarrError | null {
  try {
    runStep(state, step);
    return null;
  } catch (error) {
    if (error instanceof TarrError) return error;
    throw error;
  }
}

function runStep(state: FakeState, step: Step): void {
  switch (step.kind) {
    case "set-forwarding":
      if (!state.links.has(step.interface)) refuse(step, "No such file or directory");
      if (step.on) state.forwarding.add(step.interface);
      else state.forwarding.delete(step.interface);
      return;
    case "set-proxying":
      if (!state.links.has(step.interface)) refuse(step, "No such file or directory");
      if (step.on) state.proxying.add(step.interface);
      else state.proxying.delete(step.interface);
      return;
    case "let-pass":
    case "stop-passing":
      state.neighbours = state.neighbours.map((one) =>
        one.table === step.table && one.chain === step.chain ? { ...one, passes: step.kind === "let-pass" } : one,
      );
      return;
    case "set-rules":
      refuseRules(state, step);
      state.rules = step.rules;
      return;
    case "splice":
      return runSplice(state, step);
    case "serve-names":
      if (!state.links.has(step.service.switch)) refuse(step, `unknown interface ${step.service.switch}`);
      state.names.set(step.service.network, { running: true, service: step.service });
      return;
    case "update-leases":
      if (state.names.get(step.service.network)?.running !== true) refuse(step, "no process");
      state.names.set(step.service.network, { running: true, service: step.service });
      return;
    case "stop-names":
      state.names.delete(step.network);
      return;
    case "add-host-route":
    case "remove-host-route":
    case "answer-for":
    case "stop-answering":
      return runOnLan(state, step);
    default:
      runOnLinks(state, step);
  }
}

/** What is left when our process ends between the lines of one step: made, and not yet marked. */
function applyHalf(state: FakeState, step: Step): void {
  runStep(state, step);
  const unmarked = step.kind === "create-tap" ? step.interface : "peer" in step ? step.peer : null;
  const link = unmarked === null ? undefined : state.links.get(unmarked);
  if (link !== undefined) state.links.set(link.name, { ...link, marked: false, up: false });
  if (step.kind !== "serve-names" && step.kind !== "update-leases") return;
  // What it serves is forgotten first and written down last: in between nobody knows of it.
  state.names.delete(step.service.network);
}

export function observe(state: FakeState, unknown: ReadonlySet<keyof Observed>): Observed {
  const known = <T>(part: keyof Observed, value: T) =>
    unknown.has(part) ? ({ known: false, reason: "Permission denied" } as const) : ({ known: true, value } as const);
  const links = [...state.links.values()].map((link) => observeLink(state, link));
  return {
    links: known("links", links),
    routes: known("routes", state.routes),
    proxies: known("proxies", state.proxies),
    rules: known("rules", state.rules),
    neighbours: known("neighbours", state.neighbours),
    forwarding: known("forwarding", new Set(state.forwarding)),
    proxying: known("proxying", new Set(state.proxying)),
    names: known("names", new Map(state.names)),
    splices: known("splices", state.splices),
    vmware: known("vmware", state.vmware),
    hidden: known("hidden", []),
  };
}

function observeLink(state: FakeState, link: FakeLink): ObservedLink {
  const { name, kind, ethernet, mac, mtu, up, master, addresses, marked, tapOwner } = link;
  const { arp, promiscuous, obstacle, port, line } = link;
  const carrier = hasCarrier(state, link);
  const common = { name, kind, ethernet, mac, mtu, up, carrier, master, addresses, marked, tapOwner };
  return { ...common, arp, promiscuous, obstacle, port, line };
}

/** A bridge has a carrier as long as one of its ports has; a veth while both ends are up. */
export function hasCarrier(state: FakeState, link: FakeLink): boolean {
  if (!link.up) return false;
  if (link.kind === "bridge") {
    return [...state.links.values()].some((port) => port.master === link.name && hasCarrier(state, port));
  }
  if (link.kind === "veth") return link.peer !== null && state.links.get(link.peer)?.up === true;
  return link.driven;
}
