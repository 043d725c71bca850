import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { TarrError } from "../error.ts";
import { remove, writeWhole } from "../host/files.ts";
import { parseOnce } from "./parsed.ts";
import type { InterfaceName, NetworkName } from "../model/names.ts";
import { isInterfaceName, isMac, isMachineName, isNetworkName, isPortId } from "../model/names.ts";
import type { Network } from "../model/network.ts";
import { settingsOf } from "../model/network.ts";
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

const branded = <T extends string>(is: (text: string) => text is T) => v.pipe(v.string(), v.guard(is));

const portShape = v.object({
  id: branded(isPortId),
  network: branded(isNetworkName),
  name: branded(isMachineName),
  kind: v.picklist(portKinds),
  interface: branded(isInterfaceName),
  mac: branded(isMac),
  host: v.number(),
  owner: v.number(),
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

/** The networks as they were last put into force; null before the first time. They are kept as a document. */
export async function readApplied(folders: Folders): Promise<readonly Network[] | null> {
  const path = `${folders.state}/applied.json`;
  const text = await readText(path);
  return text === null ? null : networksIn(text, path);
}

export async function writeApplied(folders: Folders, networks: readonly Network[]): Promise<void> {
  await writeWhole(`${folders.state}/applied.json`, `${formatNetworks(networks)}\n`);
}

export function formatNetworks(networks: readonly Network[]): string {
  const entries = networks.map((network) => {
    const settings = settingsOf(network);
    return [network.name, { switch: network.switch, ...settings, max: network.max, dhcp: network.dhcp }] as const;
  });
  return JSON.stringify({ networks: Object.fromEntries(entries) });
}

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

const forwardingShape = v.object({ forwarding: v.array(branded(isInterfaceName)) });

/** Interfaces whose forwarding we switched on. In /run: a boot switches all of it off. */
export async function readForwarding(folders: Folders): Promise<ReadonlySet<InterfaceName>> {
  const value = await readJson(`${folders.runtime}/forwarding.json`);
  if (value === null) return new Set();
  const saved = check(forwardingShape, value, `${folders.runtime}/forwarding.json`);
  return new Set(saved.forwarding);
}

export async function writeForwarding(folders: Folders, names: ReadonlySet<InterfaceName>): Promise<void> {
  const value = { forwarding: [...names] };
  await writeWhole(`${folders.runtime}/forwarding.json`, `${JSON.stringify(value)}\n`);
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
function networksIn(text: string, path: string): readonly Network[] {
  try {
    return parseOnce(text).networks;
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

async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TarrError("state-unreadable", { path, reason: String(error) }, error);
  }
}

function check<Shape extends v.GenericSchema>(shape: Shape, value: unknown, path: string): v.InferOutput<Shape> {
  const parsed = v.safeParse(shape, value);
  if (!parsed.success) throw new TarrError("state-unreadable", { path, reason: parsed.issues[0].message });
  return parsed.output;
}
