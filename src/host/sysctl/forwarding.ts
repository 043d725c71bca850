import { open, readdir, readFile, writeFile } from "node:fs/promises";
import { TarrError } from "../../error.ts";
import type { InterfaceName } from "../../model/names.ts";
import { isInterfaceName } from "../../model/names.ts";

const ipv4 = "/proc/sys/net/ipv4";
const folder = `${ipv4}/conf`;

type Key = "forwarding" | "proxy_arp";

/** Interfaces that forward IPv4 (`net.ipv4.conf.*.forwarding`, ip-sysctl). */
export function observeForwarding(): Promise<ReadonlySet<InterfaceName>> {
  return observeKey("forwarding");
}

/** Interfaces on which the host answers for addresses that it reaches elsewhere (`net.ipv4.conf.*.proxy_arp`). */
export function observeProxying(): Promise<ReadonlySet<InterfaceName>> {
  return observeKey("proxy_arp");
}

async function observeKey(key: Key): Promise<ReadonlySet<InterfaceName>> {
  const names = (await readdir(folder)).filter(isInterfaceName);
  const on = await Promise.all(names.map(async (name) => ((await reads(name, key)) ? [name] : [])));
  return new Set(on.flat());
}

async function reads(name: InterfaceName, key: Key): Promise<boolean> {
  try {
    return (await readFile(`${folder}/${name}/${key}`, "utf8")).trim() === "1";
  } catch {
    // The interface went between the listing and the reading.
    return false;
  }
}

/**
 * In a container /proc/sys may be mounted read-only: then nothing there can be changed, by whatever right. Opened and not
 * written to: access(2) asks as a user without capabilities, and is refused for another reason.
 */
export async function isReadOnly(): Promise<boolean> {
  try {
    const file = await open(`${folder}/all/forwarding`, "r+");
    await file.close();
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EROFS";
  }
}

export function setForwarding(name: InterfaceName, on: boolean): Promise<void> {
  return write(`conf/${name}/forwarding`, on ? "1" : "0");
}

/**
 * The kernel holds an answer for another back by up to 0.8 s (`proxy_delay`, in hundredths of a second), so that whoever
 * holds the address comes first: on a switch of ours there is nobody else to wait for.
 */
export async function setProxying(name: InterfaceName, on: boolean): Promise<void> {
  await write(`neigh/${name}/proxy_delay`, on ? "0" : "80");
  await write(`conf/${name}/proxy_arp`, on ? "1" : "0");
}

async function write(path: string, value: string): Promise<void> {
  try {
    await writeFile(`${ipv4}/${path}`, value);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const command = `sysctl net.ipv4.${path.replaceAll("/", ".")}=${value}`;
    throw new TarrError("command-failed", { command, status: "1", said }, error);
  }
}
