import { readdir, readFile, writeFile } from "node:fs/promises";
import { TarrError } from "../../error.ts";
import type { InterfaceName } from "../../model/names.ts";
import { isInterfaceName } from "../../model/names.ts";

const folder = "/proc/sys/net/ipv4/conf";

/** Interfaces that forward IPv4 (`net.ipv4.conf.*.forwarding`, ip-sysctl). */
export async function observeForwarding(): Promise<ReadonlySet<InterfaceName>> {
  const names = (await readdir(folder)).filter(isInterfaceName);
  const forwarding = await Promise.all(names.map(async (name) => ((await reads(name)) ? [name] : [])));
  return new Set(forwarding.flat());
}

async function reads(name: InterfaceName): Promise<boolean> {
  try {
    return (await readFile(`${folder}/${name}/forwarding`, "utf8")).trim() === "1";
  } catch {
    // The interface went between the listing and the reading.
    return false;
  }
}

export async function setForwarding(name: InterfaceName, on: boolean): Promise<void> {
  try {
    await writeFile(`${folder}/${name}/forwarding`, on ? "1" : "0");
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new TarrError(
      "command-failed",
      { command: `sysctl net.ipv4.conf.${name}.forwarding`, status: "1", said },
      error,
    );
  }
}
