import type { Ipv4 } from "../../model/address.ts";
import type { Mac } from "../../model/names.ts";
import type { PacketSocket } from "../../runtime/packet-socket.ts";
import { openPacketSocket } from "../../runtime/packet-socket.ts";
import { TarrError } from "../../error.ts";
import { noAddress } from "../packet/bytes.ts";
import { etherTypes } from "../packet/ethernet.ts";
import type { ArpMessage } from "./frame.ts";
import { announcementFrame, answerFrame, parseArp, probeFrame } from "./frame.ts";
import { steadyPace } from "./pace.ts";
import type { ArpPlace } from "./probe.ts";

export type Guard = {
  /** The addresses that are ours from now on. */
  readonly set: (addresses: readonly Ipv4[]) => void;
  /** Who else uses one of them, by now. */
  readonly conflicts: () => ReadonlyMap<Ipv4, Mac>;
  /** Tells the LAN of all of them anew (after a roam, after the link came back). */
  readonly announce: () => void;
  readonly close: () => void;
};

export type GuardPlan = ArpPlace & {
  readonly addresses: readonly Ipv4[];
  /** Somebody else began, or ended, to use one of the addresses. */
  readonly onChange?: (conflicts: ReadonlyMap<Ipv4, Mac>) => void;
};

/** One message of ours in this time: 25 addresses are looked after every 5 s, more of them less often (pace.ts). */
const tick = 200;
/** Each address is asked for this often. */
const probeEvery = 5_000;
/** An owner that is silent for three questions is gone. */
const questionsUnanswered = 3;
/** RFC 5227 §2.4: an address is defended once; who goes on starts a war of two. */
const defendEvery = 10_000;

type State = {
  readonly place: ArpPlace;
  readonly tellChange: () => void;
  readonly pace: ReturnType<typeof steadyPace>;
  readonly owned: Map<Ipv4, { probed: number; defended: number }>;
  readonly rivals: Map<Ipv4, { readonly mac: Mac; readonly seen: number }>;
  /** Addresses that are to be announced. */
  readonly untold: Set<Ipv4>;
  socket: PacketSocket | null;
};

/**
 * Keeps addresses that the host answers for on a LAN (proxied for machines behind it). The kernel answers no question
 * whose sender is 0.0.0.0 for a proxied address (arp_process in net/ipv4/arp.c), so whoever asks before it takes one
 * would find it free: we answer. And we find out who uses one all the same, by listening and by asking.
 *
 * It goes on, without a sound, while the interface is away, and takes it up again when it is back.
 *
 * @throws TarrError `packet-socket-failed` when it cannot begin
 */
export function guardAddresses(plan: GuardPlan): Guard {
  const state: State = {
    place: plan,
    tellChange: () => plan.onChange?.(conflictsOf(state)),
    pace: steadyPace(),
    owned: new Map(),
    rivals: new Map(),
    untold: new Set(),
    socket: null,
  };
  setAddresses(state, plan.addresses);
  open(state);
  const timer = setInterval(() => work(state), tick);
  timer.unref();
  return {
    set: (addresses) => setAddresses(state, addresses),
    conflicts: () => conflictsOf(state),
    announce: () => {
      for (const address of state.owned.keys()) state.untold.add(address);
    },
    close: () => {
      clearInterval(timer);
      state.socket?.close();
      state.owned.clear();
    },
  };
}

function conflictsOf(state: State): ReadonlyMap<Ipv4, Mac> {
  return new Map([...state.rivals].map(([address, { mac }]) => [address, mac]));
}

function setAddresses(state: State, addresses: readonly Ipv4[]): void {
  const wanted = new Set(addresses);
  for (const address of state.owned.keys()) {
    if (wanted.has(address)) continue;
    state.owned.delete(address);
    state.rivals.delete(address);
    state.untold.delete(address);
  }
  for (const address of wanted) {
    if (state.owned.has(address)) continue;
    state.owned.set(address, { probed: -Infinity, defended: -Infinity });
    state.untold.add(address);
  }
}

function open(state: State): void {
  const { interface: name } = state.place;
  const onFrame = (frame: Uint8Array, outgoing: boolean) => {
    const message = outgoing ? null : parseArp(frame);
    if (message !== null && message.sender.mac !== state.place.mac) hear(state, message);
  };
  state.socket = openPacketSocket({ interface: name, etherType: etherTypes.arp, onFrame });
}

function hear(state: State, message: ArpMessage): void {
  const { target, sender, operation } = message;
  const isProbe = sender.address === noAddress && operation === "request";
  if (isProbe && state.owned.has(target.address)) {
    if (state.pace.mayNow()) state.socket?.send(answerFrame(state.place.mac, message));
    return;
  }
  const own = state.owned.get(sender.address);
  if (own === undefined) return;
  const now = performance.now();
  const isNew = state.rivals.get(sender.address)?.mac !== sender.mac;
  state.rivals.set(sender.address, { mac: sender.mac, seen: now });
  if (!isNew) return;
  if (now - own.defended > defendEvery) {
    own.defended = now;
    state.untold.add(sender.address);
  }
  state.tellChange();
}

/** One thing of what there is to do: reopen, forget, tell, ask. */
function work(state: State): void {
  if (state.socket?.isOpen() !== true && !reopen(state)) return;
  const now = performance.now();
  forget(state, now);
  const [told] = state.untold;
  const asked = dueProbe(state, now);
  if ((told === undefined && asked === null) || !state.pace.mayNow()) return;
  if (told !== undefined) {
    state.untold.delete(told);
    state.socket?.send(announcementFrame(state.place.mac, told));
  } else if (asked !== null) {
    const own = state.owned.get(asked);
    if (own !== undefined) own.probed = now;
    state.socket?.send(probeFrame(state.place.mac, asked));
  }
}

/** The address that was not asked for the longest, when it is time. */
function dueProbe(state: State, now: number): Ipv4 | null {
  let due: { address: Ipv4; probed: number } | null = null;
  for (const [address, { probed }] of state.owned) {
    if (due === null || probed < due.probed) due = { address, probed };
  }
  return due !== null && now - due.probed >= probeEvery ? due.address : null;
}

function forget(state: State, now: number): void {
  // Many addresses take longer than 5 s to be asked for one after the other.
  const round = Math.max(probeEvery, state.owned.size * tick);
  let changed = false;
  for (const [address, { seen }] of state.rivals) {
    if (now - seen <= round * questionsUnanswered + tick) continue;
    state.rivals.delete(address);
    changed = true;
  }
  if (changed) state.tellChange();
}

function reopen(state: State): boolean {
  try {
    open(state);
    for (const address of state.owned.keys()) state.untold.add(address);
    return true;
  } catch (error) {
    if (error instanceof TarrError) return false;
    throw error;
  }
}
