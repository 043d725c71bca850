import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { TarrError } from "../error.ts";
import { remove, writeWhole } from "../host/files.ts";
import { parseDocument } from "../model/document.ts";
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
  const text = await readText(`${folders.state}/applied.json`);
  return text === null ? null : parseDocument(text).networks;
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
const journalShape = v.object({ boot: v.string(), networks: v.string(), making: v.array(branded(isInterfaceName)) });

/** A journal of an earlier boot still says what was wanted, but nothing of what it made is left. */
export async function readJournal(folders: Folders): Promise<Journal | null> {
  const value = await readJson(`${folders.state}/journal.json`);
  if (value === null) return null;
  const journal = check(journalShape, value, `${folders.state}/journal.json`);
  const making = journal.boot === (await bootId(folders)) ? journal.making : [];
  return { networks: parseDocument(journal.networks).networks, making: new Set(making) };
}

export async function writeJournal(folders: Folders, journal: Journal): Promise<void> {
  const value = {
    boot: await bootId(folders),
    networks: formatNetworks(journal.networks),
    making: [...journal.making],
  };
  await writeWhole(`${folders.state}/journal.json`, `${JSON.stringify(value)}\n`);
}

export async function clearJournal(folders: Folders): Promise<void> {
  await remove(`${folders.state}/journal.json`);
}

const forwardingShape = v.object({ boot: v.string(), forwarding: v.array(branded(isInterfaceName)) });

/** Interfaces whose forwarding we switched on. A boot switches all of it off, so an earlier boot's list is none. */
export async function readForwarding(folders: Folders): Promise<ReadonlySet<InterfaceName>> {
  const value = await readJson(`${folders.state}/forwarding.json`);
  if (value === null) return new Set();
  const saved = check(forwardingShape, value, `${folders.state}/forwarding.json`);
  return new Set(saved.boot === (await bootId(folders)) ? saved.forwarding : []);
}

export async function writeForwarding(folders: Folders, names: ReadonlySet<InterfaceName>): Promise<void> {
  const value = { boot: await bootId(folders), forwarding: [...names] };
  await writeWhole(`${folders.state}/forwarding.json`, `${JSON.stringify(value)}\n`);
}

/** Networks stopped by hand: until they are started, or the host is. */
export async function readStopped(folders: Folders): Promise<ReadonlySet<NetworkName>> {
  const value = await readJson(`${folders.runtime}/stopped.json`);
  return new Set(Array.isArray(value) ? value.map(String).filter(isNetworkName) : []);
}

export async function writeStopped(folders: Folders, stopped: ReadonlySet<NetworkName>): Promise<void> {
  await writeWhole(`${folders.runtime}/stopped.json`, JSON.stringify([...stopped]));
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

/**
 * Tells one boot of the host from the next: a file in /run, which no boot survives. The kernel's own boot_id is not the
 * same for all in a container: a sandbox with a /proc of its own sees the machine's below it.
 */
async function bootId(folders: Folders): Promise<string> {
  return (await readText(`${folders.runtime}/boot`)) ?? "";
}

/** Names this boot, before anything is written that belongs to it. */
export async function nameBoot(folders: Folders): Promise<void> {
  if ((await bootId(folders)) === "") await writeWhole(`${folders.runtime}/boot`, randomUUID());
}
