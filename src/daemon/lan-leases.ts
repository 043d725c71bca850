import { TarrError } from "../error.ts";
import type { AcquirePlan, LanCard, LanLease, LanMachine, Renewal } from "../host/lan-dhcp/client.ts";
import type { Ipv4 } from "../model/address.ts";
import { sameCidr } from "../model/address.ts";
import type { InterfaceName, Mac, PortId } from "../model/names.ts";
import type { Port } from "../model/port.ts";
import type { IsAsked } from "../plan/settle.ts";
import type { LanPlace } from "../plan/uplink.ts";
import { log } from "./journal.ts";
import type { LanSegment } from "./lan.ts";
import type { LanEntry } from "./lan-state.ts";
import { readLanLeases, writeLanLeases } from "./lan-state.ts";
import type { Folders } from "./state.ts";

/** Addresses that the LAN's own DHCP server gave to ports, and keeps giving. */
export type LanLeases = {
  /**
   * The addresses of these ports, leased now where there is none yet. A port that gets none is left out, asked for again
   * every minute, and told of when it has one.
   *
   * @throws TarrError what the lease of a new port that is asked for is refused with
   */
  readonly lease: LanSegment["lease"];
  /** Gives back the addresses of all other ports than these: deleted ones, and those that reach otherwise by now. */
  readonly retain: (ports: ReadonlySet<PortId>) => Promise<void>;
  /** Gives back a port's address, if it has one. */
  readonly release: (port: PortId) => Promise<void>;
  /** Renews what is due; called every few seconds by itself. */
  readonly look: () => Promise<void>;
  /** Has the next look ask for all of them anew: the host may be on another LAN by now. */
  readonly recheck: () => void;
  readonly close: () => void;
};

/** What is said to the server: the real thing, or a test's. */
export type LanDhcp = {
  readonly acquire: (card: LanCard, machine: LanMachine, plan: AcquirePlan) => Promise<LanLease>;
  readonly renew: (
    asking: { place: LanCard; machine: LanMachine; everybody: boolean },
    lease: LanLease,
  ) => Promise<Renewal>;
  readonly release: (card: LanCard, machine: LanMachine, lease: LanLease) => void;
  /** The MAC of the host's card. @throws TarrError when there is no such interface */
  readonly macOf: (name: InterfaceName) => Promise<Mac>;
};

export type LanLeasesPlan = {
  readonly folders: Folders;
  readonly dhcp: LanDhcp;
  /** A port lost its address, or has another one. */
  readonly onChange: () => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

const lookEvery = 5_000;
const askAgainAfter = 60_000;
/** Milliseconds. Whoever makes a machine waits; a host that starts has more to do. */
const patientFor = { fresh: 10_000, known: 5_000 } as const;
/** At once; a campus switch lets some fifteen DHCP messages a second pass. */
const acquiredAtOnce = 4;

type State = LanLeasesPlan & {
  readonly entries: Map<PortId, LanEntry>;
  /** What is being asked of the server for a port: never two things at once. */
  readonly busy: Map<PortId, Promise<unknown>>;
  /** When to ask next, in milliseconds since 1970. */
  readonly due: Map<PortId, number>;
  read: Promise<void> | null;
  looking: Promise<void> | null;
  saved: Promise<void>;
};

/** @param plan.folders where they are kept, so that they go on after a restart */
export function lanLeases(plan: LanLeasesPlan): LanLeases {
  const state: State = {
    ...plan,
    entries: new Map(),
    busy: new Map(),
    due: new Map(),
    read: null,
    looking: null,
    saved: Promise.resolve(),
  };
  const look = () => {
    state.looking ??= lookAfterAll(state).finally(() => {
      state.looking = null;
    });
    return state.looking;
  };
  const timer = setInterval(() => {
    look().catch((error: unknown) => log("warning", `leases of the LAN: ${String(error)}`));
  }, lookEvery);
  timer.unref();
  return {
    lease: (place, ports, isAsked) => leaseAll(state, place, { ports, isAsked }),
    release: (port) => releaseAll(state, (id) => id === port),
    retain: (ports) => releaseAll(state, (id) => !ports.has(id)),
    look,
    recheck: () => state.due.clear(),
    close: () => clearInterval(timer),
  };
}

function read(state: State): Promise<void> {
  state.read ??= readLanLeases(state.folders).then((entries) => {
    for (const entry of entries) state.entries.set(entry.port, entry);
  });
  return state.read;
}

/** One after the other, each with what is true by then. */
function save(state: State): Promise<void> {
  const write = () => writeLanLeases(state.folders, [...state.entries.values()]);
  state.saved = state.saved.then(write, write);
  return state.saved;
}

const timeOf = (state: State) => (state.now ?? Date.now)();

function runs(state: State, { lease, granted }: LanEntry): boolean {
  return lease !== null && timeOf(state) < granted + lease.seconds * 1_000;
}

type Leasing = { readonly ports: readonly Port[]; readonly isAsked: IsAsked };

async function leaseAll(
  state: State,
  place: LanPlace,
  { ports, isAsked }: Leasing,
): Promise<ReadonlyMap<PortId, Ipv4>> {
  await read(state);
  const known = new Set(state.entries.keys());
  const missing = ports.filter((port) => !isServed(state, state.entries.get(port.id), place));
  const isFresh = (port: Port) => !known.has(port.id) && isAsked(port);
  const fresh = missing.filter(isFresh).map((port) => entryOf(state, place, port));
  const failures = await acquireSome(state, fresh, patientFor.fresh);
  const [failure] = failures.values();
  if (failure !== undefined) {
    await releaseAll(state, (id) => fresh.some(({ port }) => port === id));
    throw failure;
  }
  // Whoever types a command waits for this: a server that is silent is asked by the next look, and not here each time.
  const others = missing.filter((port) => !isFresh(port) && !isWaiting(state, port.id));
  await acquireSome(
    state,
    others.map((port) => entryOf(state, place, port)),
    patientFor.known,
  );
  return new Map(
    ports.flatMap(({ id }) => {
      const entry = state.entries.get(id);
      const address = isServed(state, entry, place) ? entry?.lease?.address : undefined;
      return address === undefined ? [] : [[id, address] as const];
    }),
  );
}

/**
 * A few at a time, until one finds that nobody answers: each of the others would wait for as long to learn the same.
 *
 * @returns why there is no lease, for ports that were asked for and have none
 */
async function acquireSome(
  state: State,
  entries: readonly LanEntry[],
  patience: number,
): Promise<ReadonlyMap<PortId, TarrError>> {
  const failures = new Map<PortId, TarrError>();
  for (let at = 0; at < entries.length; at += acquiredAtOnce) {
    const some = entries.slice(at, at + acquiredAtOnce);
    await Promise.all(
      some.map(async (entry) => {
        const failure = await acquire(state, entry, patience);
        if (failure === null) return;
        failures.set(entry.port, failure);
        log("warning", `lease of ${entry.port}: ${failure.message}`);
      }),
    );
    const isSilent = [...failures.values()].some(({ code }) => code !== "lan-dhcp-in-use");
    if (!isSilent) continue;
    for (const entry of entries.slice(at)) {
      state.due.set(entry.port, timeOf(state) + askAgainAfter);
      if (!state.entries.has(entry.port)) state.entries.set(entry.port, entry);
    }
    break;
  }
  return failures;
}

/** Whether a port has no lease, and its time to be asked for again has not come. */
function isWaiting(state: State, port: PortId): boolean {
  return state.entries.get(port)?.lease === null && timeOf(state) < dueOf(state, port);
}

/** Whether a port has an address of this LAN that nobody took away, the host itself included. */
function isServed(state: State, entry: LanEntry | undefined, place: LanPlace): boolean {
  if (entry === undefined || !runs(state, entry)) return false;
  const isHere = entry.place.uplink === place.uplink && sameCidr(entry.place.subnet, place.subnet);
  return isHere && entry.lease?.address !== place.host;
}

function entryOf(state: State, place: LanPlace, { id, mac, name }: Port): LanEntry {
  const known = state.entries.get(id);
  const before = known?.lease?.address ?? known?.before ?? null;
  return { port: id, machine: { mac, name }, place, before, lease: null, granted: 0 };
}

/** @returns why there is no lease; null when there is */
async function acquire(state: State, entry: LanEntry, patience: number): Promise<TarrError | null> {
  const failures: TarrError[] = [];
  await alone(state, entry.port, async () => {
    if (isServed(state, state.entries.get(entry.port), entry.place)) return;
    state.entries.set(entry.port, entry);
    try {
      // Of two that are asked for at once a server that looks at the card alone may make one.
      if (!(await take(state, entry, patience)) && !(await take(state, entry, patience))) {
        throw new TarrError("lan-dhcp-silent", { interface: entry.place.uplink });
      }
    } catch (error) {
      if (!(error instanceof TarrError)) throw error;
      failures.push(error);
      state.due.set(entry.port, timeOf(state) + askAgainAfter);
    }
  });
  return failures[0] ?? null;
}

/** @returns false when another port got the same address meanwhile */
async function take(state: State, entry: LanEntry, patience: number): Promise<boolean> {
  const { place, machine, before, port } = entry;
  const held = () => [...state.entries.values()].flatMap(({ lease }) => (lease === null ? [] : [lease.address]));
  const taken = new Set([place.host, ...held()]);
  const wants = before === null || taken.has(before) ? {} : { before };
  const lease = await state.dhcp.acquire(await cardOf(state, place), machine, { taken, patience, ...wants });
  if (held().includes(lease.address)) return false;
  if (state.entries.get(port) !== entry) {
    // Released meanwhile.
    state.dhcp.release(await cardOf(state, place), machine, lease);
    return true;
  }
  const granted = timeOf(state);
  state.due.set(port, granted + lease.renewAfter * 1_000);
  state.entries.set(port, { ...entry, before: lease.address, lease, granted });
  await save(state);
  return true;
}

async function alone<T>(state: State, port: PortId, work: () => Promise<T>): Promise<T> {
  await state.busy.get(port)?.catch(() => undefined);
  const turn = work();
  state.busy.set(port, turn);
  try {
    return await turn;
  } finally {
    if (state.busy.get(port) === turn) state.busy.delete(port);
  }
}

async function cardOf(state: State, { uplink, subnet }: LanPlace): Promise<LanCard> {
  return { interface: uplink, mac: await state.dhcp.macOf(uplink), subnet };
}

/** What is due, of those that have a lease and those that wait for one. */
async function lookAfterAll(state: State): Promise<void> {
  await read(state);
  const now = timeOf(state);
  const due = [...state.entries.values()].filter(({ port }) => !state.busy.has(port) && now >= dueOf(state, port));
  const waiting = due.filter((entry) => entry.lease === null);
  const failures = await acquireSome(state, waiting, patientFor.fresh);
  const lost = await Promise.all(due.map((entry) => lookAfter(state, entry)));
  const anew = lost.filter((entry) => entry !== null);
  await acquireSome(state, anew, patientFor.fresh);
  const isServedAgain = waiting.some(({ port }) => !failures.has(port) && (state.entries.get(port)?.lease ?? null));
  if (isServedAgain || anew.length > 0) state.onChange();
}

/** What was read from the file is asked for anew: who knows which LAN this is by now. */
function dueOf(state: State, port: PortId): number {
  return state.due.get(port) ?? 0;
}

/** @returns the entry without its lease, when that is lost */
async function lookAfter(state: State, entry: LanEntry): Promise<LanEntry | null> {
  const { lease, port } = entry;
  if (lease === null) return null;
  // A clock that was set back must not have a lease run for longer than it was given.
  const granted = Math.min(entry.granted, timeOf(state));
  if (timeOf(state) >= granted + lease.seconds * 1_000) return lose(state, entry);
  const isLost = await alone(state, port, () => renew(state, { ...entry, granted }, lease));
  return isLost && state.entries.get(port) === entry ? lose(state, entry) : null;
}

/** @returns whether the lease is lost */
async function renew(state: State, entry: LanEntry, lease: LanLease): Promise<boolean> {
  const now = timeOf(state);
  const age = (now - entry.granted) / 1_000;
  const everybody = age >= lease.rebindAfter;
  const { outcome, renewed } = await askToRenew(state, { entry, lease, everybody });
  const current = state.entries.get(entry.port);
  if (current?.lease !== lease || outcome === "lost") return outcome === "lost";
  if (renewed !== null) {
    state.due.set(entry.port, now + renewed.renewAfter * 1_000);
    state.entries.set(entry.port, { ...current, lease: renewed, granted: now });
    await save(state);
    return false;
  }
  // RFC 2131 §4.4.5: after half of what remains, but not all the time.
  const remains = (everybody ? lease.seconds : lease.rebindAfter) - age;
  const wait = Math.max(remains / 2, Math.min(60, lease.seconds / 8));
  state.due.set(entry.port, Math.min(now + wait * 1_000, entry.granted + lease.seconds * 1_000));
  return false;
}

type Renewing = { readonly entry: LanEntry; readonly lease: LanLease; readonly everybody: boolean };

async function askToRenew(state: State, { entry, lease, everybody }: Renewing) {
  try {
    const place = await cardOf(state, entry.place);
    const renewal = await state.dhcp.renew({ place, machine: entry.machine, everybody }, lease);
    return { outcome: renewal.outcome, renewed: renewal.outcome === "renewed" ? renewal.lease : null };
  } catch (error) {
    // The card is away. It may be back before the lease ends.
    if (error instanceof TarrError) return { outcome: "silent", renewed: null } as const;
    throw error;
  }
}

/** The address may be somebody else's from now on. */
async function lose(state: State, entry: LanEntry): Promise<LanEntry> {
  log("warning", `lease of ${entry.port}: ${entry.lease?.address ?? ""} is lost`);
  const without: LanEntry = { ...entry, before: entry.lease?.address ?? entry.before, lease: null, granted: 0 };
  state.entries.set(entry.port, without);
  await save(state);
  return without;
}

async function releaseAll(state: State, isMeant: (port: PortId) => boolean): Promise<void> {
  await read(state);
  const gone = [...state.entries.values()].filter((entry) => isMeant(entry.port));
  if (gone.length === 0) return;
  for (const { port } of gone) {
    state.entries.delete(port);
    state.due.delete(port);
  }
  await save(state);
  for (const entry of gone) {
    if (entry.lease === null || !runs(state, entry)) continue;
    try {
      state.dhcp.release(await cardOf(state, entry.place), entry.machine, entry.lease);
    } catch (error) {
      // Without its card nothing can be said; the lease ends by itself.
      log("notice", `lease of ${entry.port}: ${String(error)}`);
    }
  }
}
