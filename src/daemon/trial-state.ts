import * as v from "valibot";
import type { ErrorCode, ErrorValues } from "../error.ts";
import { isErrorCode } from "../error.ts";
import { remove, writeWhole } from "../host/files.ts";
import type { NetworkName } from "../model/names.ts";
import { isNetworkName } from "../model/names.ts";
import { formatNetworks } from "../model/kept.ts";
import type { Network } from "../model/network.ts";
import type { Port } from "../model/port.ts";
import type { Folders } from "./state.ts";
import { networksIn, readJson } from "./state.ts";

/** A network that is in force until somebody confirms it. */
export type Trial = {
  readonly network: NetworkName;
  readonly before: readonly Network[];
  readonly after: readonly Network[];
  /** When it ends, in seconds since the boot: it does not move with a clock that is set. */
  readonly until: number;
  /** Why it is being undone; null while it goes on. Known before it is done, so that the next start goes on with that. */
  readonly ending: Undone | null;
};

/** What is in force with a trial at this second of the host's uptime. */
export function inForce(
  trial: Trial,
  { uptime, ports }: { readonly uptime: number; readonly ports: readonly Port[] },
): readonly Network[] {
  return trial.ending !== null || uptime >= trial.until ? takenBack(trial, ports) : trial.after;
}

/**
 * What is in force once a trial is taken back: what was before, and each network that came with it if machines have been
 * made on it meanwhile. Those are not unplugged, and must not keep the rest from being taken back: only off the LAN
 * they are.
 */
export function takenBack({ before, after }: Trial, ports: readonly Port[]): readonly Network[] {
  const came = after.filter(({ name }) => !before.some((one) => one.name === name));
  const held = came.filter(({ name }) => ports.some((port) => port.network === name));
  return [...before, ...held.map((one): Network => (one.reach === "bridged" ? { ...one, reach: "nat" } : one))];
}

/** A trial that came to a bad end, and why: what a person finds who was cut off by it. */
export type Undone = { readonly code: ErrorCode; readonly values: ErrorValues };

const endingShape = v.object({
  code: v.pipe(v.string(), v.guard(isErrorCode)),
  values: v.record(v.string(), v.string()),
});
const trialShape = v.object({
  trial: v.object({
    network: v.pipe(v.string(), v.guard(isNetworkName)),
    before: v.string(),
    after: v.string(),
    until: v.number(),
    ending: v.nullable(endingShape),
  }),
});
const undoneShape = v.object({ undone: endingShape });

const pathOf = (folders: Folders) => `${folders.runtime}/trial.json`;

/**
 * In /run: after a boot nothing of it is in force, and the document still says what was before. A file that is no trial
 * (any more) is none.
 */
export async function readTrial(folders: Folders): Promise<Trial | null> {
  const path = pathOf(folders);
  const parsed = v.safeParse(trialShape, await readJson(path));
  if (!parsed.success) return null;
  const { before, after, ...trial } = parsed.output.trial;
  return { ...trial, before: networksIn(before, path), after: networksIn(after, path) };
}

export async function writeTrial(folders: Folders, trial: Trial): Promise<void> {
  const [before, after] = [formatNetworks(trial.before), formatNetworks(trial.after)];
  await writeWhole(pathOf(folders), `${JSON.stringify({ trial: { ...trial, before, after } })}\n`);
}

/** The last trial's bad end; null after a good one, and before any. */
export async function readUndone(folders: Folders): Promise<Undone | null> {
  const parsed = v.safeParse(undoneShape, await readJson(pathOf(folders)));
  return parsed.success ? parsed.output.undone : null;
}

/** In the trial's own place: there is never both. */
export async function writeUndone(folders: Folders, undone: Undone): Promise<void> {
  await writeWhole(pathOf(folders), `${JSON.stringify({ undone })}\n`);
}

export async function clearTrial(folders: Folders): Promise<void> {
  await remove(pathOf(folders));
}
