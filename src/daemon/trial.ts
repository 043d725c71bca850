import type { Ipv4 } from "../model/address.ts";
import { changedSettings, editDocument } from "../model/document.ts";
import type { InterfaceName, Mac } from "../model/names.ts";
import type { Network } from "../model/network.ts";
import type { Caller } from "../model/policy.ts";
import { surroundings } from "../plan/uplink.ts";
import { nobodyAsks } from "../plan/settle.ts";
import { nicOf } from "../plan/splice.ts";
import type { Plan } from "../plan/step.ts";
import { TarrError } from "../error.ts";
import { errorText } from "../messages/messages.ts";
import { requireAdministrator } from "./access.ts";
import { readDocument, writeDocument } from "./documents.ts";
import { audit, log } from "./journal.ts";
import type { World } from "./reconcile.ts";
import type { Service } from "./service.ts";
import { apply, wantedNow } from "./service.ts";
import type { Trial, Undone } from "./trial-state.ts";
import { clearTrial, readTrial, takenBack, writeTrial, writeUndone } from "./trial-state.ts";

/** On what terms a network is tried: in tests shorter ones, on a clock of their own. */
export type TrialTerms = {
  /** Until it must be confirmed. */
  readonly seconds: number;
  /** For so long a gateway may be silent. */
  readonly patience: number;
  /** Seconds since the host's boot: a clock that nobody sets. */
  readonly uptime: () => number;
  /** Whether somebody on the segment has this address, asked now. */
  readonly answers: (place: GatewayPlace) => Promise<boolean>;
};
export type GatewayPlace = { readonly interface: InterfaceName; readonly mac: Mac; readonly address: Ipv4 };

const lookEvery = 500;

/** The networks that are bridged now and were not, or by another NIC: what may cut others off is tried first. */
export function risky(before: readonly Network[], after: readonly Network[]): readonly Network[] {
  return after.filter((network) => {
    const old = before.find((one) => one.name === network.name);
    return network.reach === "bridged" && (old?.reach !== "bridged" || old.uplink !== network.uplink);
  });
}

export function secondsLeft(trial: Trial, { uptime }: TrialTerms): number {
  return Math.max(0, Math.ceil(trial.until - uptime()));
}

/** @throws TarrError `trial-running` */
export async function refuseDuringTrial({ folders, trial: terms }: World): Promise<void> {
  const trial = await readTrial(folders);
  if (trial === null) return;
  throw new TarrError("trial-running", { network: trial.network, seconds: String(secondsLeft(trial, terms)) });
}

/**
 * Puts networks into force until somebody confirms. Written down before it is begun: whatever happens to us, the next
 * start knows when it must end.
 */
export async function beginTrial(
  service: Service,
  change: { readonly network: Network; readonly before: readonly Network[]; readonly after: readonly Network[] },
): Promise<Plan> {
  const { world } = service;
  const { network, before, after } = change;
  const until = world.trial.uptime() + world.trial.seconds;
  const trial: Trial = { network: network.name, before, after, until, ending: null };
  await writeTrial(world.folders, trial);
  try {
    const plan = await apply(world, after);
    log("notice", `trial of ${network.name}: ${network.reach}, to be confirmed within ${world.trial.seconds} s`);
    watchTrial(service, trial);
    return plan;
  } catch (error) {
    await clearTrial(world.folders);
    throw error;
  }
}

/** What was tried stays: the document says it from now on. */
export async function confirm(service: Service, caller: Caller): Promise<Trial> {
  const { world } = service;
  requireAdministrator(caller, await service.policy(), "confirm");
  const trial = await readTrial(world.folders);
  if (trial === null) throw new TarrError("trial-none");
  const { text, document } = await readDocument(world.folders);
  const written = document.networks.find((one) => one.name === trial.network);
  const tried = trial.after.find((one) => one.name === trial.network);
  if (written !== undefined && tried !== undefined) {
    await writeDocument(world.folders, editDocument(text, trial.network, changedSettings(written, tried)));
  }
  await clearTrial(world.folders);
  audit(caller, `confirm ${trial.network}`, "written");
  return trial;
}

/** Takes back what is on trial, for a reason that `status` and the doctor tell. */
export async function undoTrial(world: World, why: Undone): Promise<void> {
  const { folders, trial: terms } = world;
  const trial = await readTrial(folders);
  if (trial === null) return;
  const reach = trial.after.find((one) => one.name === trial.network)?.reach ?? "";
  const values = { network: trial.network, reach, seconds: String(terms.seconds), ...why.values };
  const ending = trial.ending ?? { code: why.code, values };
  await takeBack(world, trial, ending);
  await writeUndone(folders, ending);
  const fields = { NETWORK: trial.network, REACH: reach, CAUSE: ending.code };
  const text = `trial of ${trial.network} undone: ${errorText(ending, "en").message}`;
  log("warning", text, { id: "trial-undone", fields });
}

/**
 * Written down before it is begun: whatever ends us, the next start goes on with it. No machine's place on the LAN is
 * waited for: what gives it may be what the trial cut off.
 */
async function takeBack(world: World, trial: Trial, ending: Undone): Promise<Plan> {
  await writeTrial(world.folders, { ...trial, ending });
  const { ports } = await wantedNow(world);
  return apply(world, takenBack(trial, ports), nobodyAsks);
}

/** Takes back what is on trial because somebody asked for it; null when nothing is. */
export async function endTrial(world: World): Promise<Plan | null> {
  const trial = await readTrial(world.folders);
  if (trial === null) return null;
  const plan = await takeBack(world, trial, trial.ending ?? { code: "trial-interrupted", values: {} });
  await clearTrial(world.folders);
  return plan;
}

/** The service is being stopped: nobody would look after a trial. */
export async function interruptTrial(world: World): Promise<void> {
  await undoTrial(world, { code: "trial-interrupted", values: {} });
}

/** After a start that found a trial: it goes on. */
export async function resumeTrial(service: Service): Promise<void> {
  const trial = await readTrial(service.world.folders);
  if (trial !== null) watchTrial(service, trial);
}

/** Looks after a trial until it has an end, of whatever kind. */
function watchTrial(service: Service, trial: Trial): void {
  const { world, flight } = service;
  const silence = watchGateway(world, trial);
  let busy = false;
  const look = async () => {
    if (busy) return;
    busy = true;
    try {
      const now = await readTrial(world.folders);
      if (now === null) {
        clearInterval(timer);
        return;
      }
      const isOver = now.ending !== null || world.trial.uptime() >= now.until;
      const why = isOver ? unconfirmed : await silence();
      if (why !== null) await flight(() => undoTrial(world, why));
    } catch (error) {
      log("error", `trial of ${trial.network}: ${String(error)}`);
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void look(), lookEvery);
  timer.unref();
}

const unconfirmed: Undone = { code: "trial-unconfirmed", values: {} };

/** Asks the gateway of the network's NIC, if there is one, and tells when it has been silent for too long. */
function watchGateway(world: World, trial: Trial): () => Promise<Undone | null> {
  const { uptime, patience, answers } = world.trial;
  let heard = uptime();
  return async () => {
    const place = await gatewayOf(world, trial);
    // The time that asking takes counts too: an answer that is on its way comes within it.
    if (place === null || (await answers(place).catch(() => false))) heard = uptime();
    if (place === null || uptime() - heard < patience) return null;
    return { code: "trial-gateway-silent", values: { gateway: place.address, uplink: place.interface } };
  };
}

async function gatewayOf(world: World, trial: Trial): Promise<GatewayPlace | null> {
  const network = trial.after.find((one) => one.name === trial.network);
  const around = surroundings(await world.host.glance());
  const nic = network === undefined ? null : nicOf(network, around, trial.after);
  const route = around.routes.find((one) => one.interface === nic?.name && one.to.prefix === 0 && one.gateway !== null);
  if (nic?.mac === null || nic === null || route === undefined || route.gateway === null) return null;
  return { interface: nic.name, mac: nic.mac, address: route.gateway };
}
