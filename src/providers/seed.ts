import type { DiskImage } from "../images/record.ts";
import { nothingMore, seedFiles } from "../images/seed.ts";
import type { Machine } from "../model/machine.ts";
import { plainName } from "../model/machine.ts";
import { machineKey } from "./key.ts";

/** What a machine of an image is told at its first boot, as files by their names. */
export async function seedOf(machine: Machine, { user }: DiskImage): Promise<ReadonlyMap<string, string>> {
  const { publicKey } = await machineKey();
  const { nics, firstBoot = nothingMore } = machine;
  return seedFiles({ hostname: plainName(machine), key: publicKey, user, nics, firstBoot });
}
