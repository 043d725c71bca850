import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { TarrError } from "../error.ts";
import { remove, writeWhole } from "../host/files.ts";
import { isIpv4 } from "../model/address.ts";
import { formatNetworks } from "../model/kept.ts";
import { parseNetworksOnce } from "./parsed.ts";
import type { InterfaceName, NetworkName } from "../model/names.ts";
import { isInterfaceName, isMac, isMachineName, isNetworkName, isPortId } from "../model/names.ts";
import type { Network } from "../model/network.ts";
import type { Port } from "../model/port.ts";
import { portKinds } from "../model/port.ts";

/** Where the service keeps things. See docs/state-files.md. */
export type Folders = {
  /** `/var/lib/tarr-steps`: survives a restart of the host. */
  readonly state: string;
  /** `/run/tarr-steps`: as long as the host runs. */
  readonly runtime: string;
  readonly document: string;
};

export const branded = <T extends string>(is: (text: string) => text is T) => v.pipe(v.string(), v.guard(is));

const lineShape = v.object({ delay: v.number(), jitter: v.number(), loss: v.number(), rate: v.number() });
const portShape = v.object({
  id: branded(isPortId),
  network: branded(isNetworkName),
  name: branded(isMachineName),
  kind: v.picklist(portKinds),
  interface: branded(isInterfaceName),
  mac: branded(isMac),
  host: v.number(),
  lan: v.optional(v.nullable(branded(isIpv4)), null),
  owner: v.number(),
  pulled: v.exactOptional(v.literal(true)),
  line: v.exactOptional(lineShape),
});
const portsShape = v.object({ version: v.literal(1), ports: v.array(portShape) });

/** Every port. @throws TarrError `state-unreadable`: a host without its ports must not be "cleaned" of their taps. */
export async function readPorts(folders: Folders): Promise<readonly Port[]> {
  const value = await readJson(`${folders.state}/ports.json`);
  if (value === null) return [];
  return check(portsShape, value, `${folders.state}/ports.json`).ports;
}

export async function writePorts(folders: Folders, ports: readonly Port[]): Promise<void> {
  await writeWhole(`${folders.state}/ports.json`, `${JSON.stringify({ version: 1, ports }, null, 1)}\n`);
}

/** The networks as they were last put into force; null before the first time. */
export async function readApplied(folders: Folders): Promise<readonly Network[] | null> {
  const path = `${folders.state}/applied.json`;
  const text = await readText(path);
  return text === null ? null : networksIn(text, path);
}

export async function writeApplied(folders: Folders, networks: readonly Network[]): Promise<void> {
  await writeWhole(`${folders.state}/applied.json`, `${formatNetworks(networks)}\n`);
}

/**
 * The networks that users made. Without the file (restored from a copy, or never written) it is those in force.
 *
 * @throws TarrError `state-unreadable`
 */
export async function readUserNetworks(folders: Folders): Promise<readonly Network[]> {
  const text = await readText(listPath(folders));
  if (text !== null) return networksIn(text, listPath(folders));
  return ((await readApplied(folders)) ?? []).filter((network) => network.owner !== null);
}

export async function writeUserNetworks(folders: Folders, networks: readonly Network[]): Promise<void> {
  await writeWhole(listPath(folders), `${formatNetworks(networks)}\n`);
}

const listPath = (folders: Folders) => `${folders.state}/networks.json`;

/** What was being done when the service ended, if it did not end it itself. */
export type Journal = {
  readonly networks: readonly Network[];
  readonly making: ReadonlySet<InterfaceName>;
};
const journalShape = v.object({ networks: v.string(), making: v.array(branded(isInterfaceName)) });

/** In /run: a boot leaves nothing of what was made, and puts the document into force anyway. */
export async function readJournal(folders: Folders): Promise<Journal | null> {
  const path = `${folders.runtime}/journal.json`;
  const value = await readJson(path);
  if (value === null) return null;
  const journal = check(journalShape, value, path);
  return { networks: networksIn(journal.networks, path), making: new Set(journal.making) };
}

export async function writeJournal(folders: Folders, journal: Journal): Promise<void> {
  const value = {
    networks: formatNetworks(journal.networks),
    making: [...journal.making],
  };
  await writeWhole(`${folders.runtime}/journal.json`, `${JSON.stringify(value)}\n`);
}

export async function clearJournal(folders: Folders): Promise<void> {
  await remove(`${folders.runtime}/journal.json`);
}

/** What we switch on at interfaces of others. */
export const switchedOn = ["forwarding", "promiscuous"] as const;
export type SwitchedOn = (typeof switchedOn)[number];

/** Interfaces at which we switched something on. In /run: a boot switches all of it off. */
export async function readSwitchedOn(folders: Folders, what: SwitchedOn): Promise<ReadonlySet<InterfaceName>> {
  const path = `${folders.runtime}/${what}.json`;
  const value = await readJson(path);
  if (value === null) return new Set();
  const shape = v.object({ [what]: v.array(branded(isInterfaceName)) });
  return new Set(check(shape, value, path)[what]);
}

export async function writeSwitchedOn(
  folders: Folders,
  what: SwitchedOn,
  names: ReadonlySet<InterfaceName>,
): Promise<void> {
  await writeWhole(`${folders.runtime}/${what}.json`, `${JSON.stringify({ [what]: [...names] })}\n`);
}

const joinedShape = v.object({ joined: v.record(branded(isInterfaceName), branded(isInterfaceName)) });
type Joined = ReadonlyMap<InterfaceName, InterfaceName>;

/** Interfaces that hypervisors put on our switches. In /run: none of them outlives a boot. */
export async function readJoined(folders: Folders): Promise<Joined> {
  const value = await readJson(`${folders.runtime}/joined.json`);
  if (value === null) return new Map();
  const saved = check(joinedShape, value, `${folders.runtime}/joined.json`);
  return new Map(Object.entries(saved.joined) as [InterfaceName, InterfaceName][]);
}

export async function writeJoined(folders: Folders, joined: Joined): Promise<void> {
  await writeWhole(`${folders.runtime}/joined.json`, `${JSON.stringify({ joined: Object.fromEntries(joined) })}\n`);
}

/** Networks stopped by hand: until they are started, or the host is. */
export async function readStopped(folders: Folders): Promise<ReadonlySet<NetworkName>> {
  const value = await readJson(`${folders.runtime}/stopped.json`);
  return new Set(Array.isArray(value) ? value.map(String).filter(isNetworkName) : []);
}

export async function writeStopped(folders: Folders, stopped: ReadonlySet<NetworkName>): Promise<void> {
  await writeWhole(`${folders.runtime}/stopped.json`, JSON.stringify([...stopped]));
}

/** Networks that we wrote down ourselves: when they cannot be read, the administrator's document is not to blame. */
export function networksIn(text: string, path: string): readonly Network[] {
  try {
    return parseNetworksOnce(text);
  } catch (error) {
    throw new TarrError("state-unreadable", { path, reason: String(error) }, error);
  }
}

export async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw new TarrError("state-unreadable", { path, reason: String(error) }, error);
  }
}

export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TarrError("state-unreadable", { path, reason: String(error) }, error);
  }
}

export function check<Shape extends v.GenericSchema>(shape: Shape, value: unknown, path: string): v.InferOutput<Shape> {
  const parsed = v.safeParse(shape, value);
  if (!parsed.success) throw new TarrError("state-unreadable", { path, reason: parsed.issues[0].message });
  return parsed.output;
}
