import * as v from "valibot";
import { TarrError } from "../error.ts";
import { writeWhole } from "../host/files.ts";
import { isIpv4 } from "../model/address.ts";
import { isInterfaceName, isMac, isMachineName, isPortId } from "../model/names.ts";
import { log } from "./journal.ts";
import type { Folders } from "./state.ts";
import { branded, check, readJson } from "./state.ts";

const leaseShape = v.object({
  address: branded(isIpv4),
  server: branded(isIpv4),
  serverMac: branded(isMac),
  asked: v.picklist(["card", "machine"]),
  seconds: v.number(),
  renewAfter: v.number(),
  rebindAfter: v.number(),
});
const entryShape = v.object({
  port: branded(isPortId),
  machine: v.object({ mac: branded(isMac), name: branded(isMachineName) }),
  place: v.object({
    uplink: branded(isInterfaceName),
    host: branded(isIpv4),
    subnet: v.object({
      address: branded(isIpv4),
      prefix: v.pipe(v.number(), v.integer(), v.minValue(8), v.maxValue(30)),
    }),
  }),
  before: v.nullable(branded(isIpv4)),
  lease: v.nullable(leaseShape),
  granted: v.number(),
});
const stateShape = v.object({ version: v.literal(1), leases: v.array(entryShape) });
/**
 * A port whose address is the LAN's to give. `lease` is null while it gives none, `before` the address that the machine
 * had last, `granted` in milliseconds since 1970: the wall's clock goes on while the host sleeps.
 */
export type LanEntry = v.InferOutput<typeof entryShape>;

function pathOf(folders: Folders): string {
  return `${folders.state}/lan-leases.json`;
}

/** What cannot be read is begun anew: the server knows the machines by their identifiers, and gives the same again. */
export async function readLanLeases(folders: Folders): Promise<readonly LanEntry[]> {
  const path = pathOf(folders);
  try {
    const value = await readJson(path);
    return value === null ? [] : check(stateShape, value, path).leases;
  } catch (error) {
    if (!(error instanceof TarrError)) throw error;
    log("warning", `leases of the LAN: ${error.message}`);
    return [];
  }
}

export async function writeLanLeases(folders: Folders, leases: readonly LanEntry[]): Promise<void> {
  await writeWhole(pathOf(folders), `${JSON.stringify({ version: 1, leases }, null, 1)}\n`);
}
