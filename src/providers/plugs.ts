import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { TarrError } from "../error.ts";
import { readRecord, writeWhole } from "../host/files.ts";
import type { Plug, ProviderName } from "../model/machine.ts";
import { providerNames } from "../model/machine.ts";
import type { NetworkName } from "../model/names.ts";
import { isInterfaceName, isMac, isNetworkName, isPortId } from "../model/names.ts";
import { dataFolder } from "./folders.ts";
import type { Wiring } from "./provider.ts";

/** A NIC of a machine that the user made in the hypervisor's own tool, on a port of ours until it is unplugged. */
export type Plugged = {
  readonly provider: ProviderName;
  /** The machine's name as its hypervisor has it: free text. */
  readonly machine: string;
  readonly nic: number;
  readonly network: NetworkName;
  readonly port: Plug;
  /** What `unplug` gives back. */
  readonly former: Wiring;
};

const interfaceText = v.pipe(v.string(), v.guard(isInterfaceName));
const recordShape = v.object({
  version: v.literal(1),
  provider: v.picklist(providerNames),
  machine: v.string(),
  nic: v.pipe(v.number(), v.integer(), v.minValue(1)),
  network: v.pipe(v.string(), v.guard(isNetworkName)),
  port: v.object({
    id: v.pipe(v.string(), v.guard(isPortId)),
    interface: interfaceText,
    switch: interfaceText,
    mac: v.pipe(v.string(), v.guard(isMac)),
  }),
  former: v.record(v.string(), v.string()),
});

const folder = () => join(dataFolder(), "plugs");
const pathOf = (plugged: Plugged) => join(folder(), `${plugged.port.id}.json`);

/** @throws TarrError `state-unreadable`: what a NIC was before must not be forgotten in silence */
export async function listPlugged(): Promise<readonly Plugged[]> {
  const names: string[] = await readdir(folder()).catch(() => []);
  return Promise.all(names.filter((name) => name.endsWith(".json")).map((name) => read(join(folder(), name))));
}

async function read(path: string): Promise<Plugged> {
  try {
    return v.parse(recordShape, JSON.parse((await readRecord(path)) ?? ""));
  } catch (error) {
    throw new TarrError("state-unreadable", { path, reason: String(error) }, error);
  }
}

export async function writePlugged(plugged: Plugged): Promise<void> {
  await mkdir(folder(), { recursive: true, mode: 0o700 });
  await writeWhole(pathOf(plugged), `${JSON.stringify({ version: 1, ...plugged }, null, 1)}\n`, 0o600);
}

export async function removePlugged(plugged: Plugged): Promise<void> {
  await rm(pathOf(plugged), { force: true });
}
