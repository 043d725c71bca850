import { readdir, readFile, stat } from "node:fs/promises";
import type { NetworkName } from "../../model/names.ts";
import { isNetworkName } from "../../model/names.ts";
import type { NameService } from "../../plan/desired.ts";
import type { ObservedNameService } from "../../plan/observed.ts";
import { heldAt } from "./held.ts";
import { configurationPath, paths, savedPath } from "./paths.ts";
import { renderConfiguration } from "./render.ts";

/** The name services that were started, by the files that say with what, and whether they run with just that. */
export async function observeNameServices(folder: string): Promise<ReadonlyMap<NetworkName, ObservedNameService>> {
  const files = await readdir(folder);
  const networks = files
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .filter(isNetworkName);
  const observed = await Promise.all(
    networks.map(async (network) => [network, await observeOne(folder, network)] as const),
  );
  return new Map(observed);
}

async function observeOne(folder: string, network: NetworkName): Promise<ObservedNameService> {
  const pid = await runningPid(folder, network);
  const service = await savedService(savedPath(folder, network));
  return { running: pid !== null && (await isConfiguredFor(service, folder)), service };
}

/**
 * The pid of a dnsmasq that runs with this network's configuration as it stands, or null. A pid file outlives its
 * process, and its number may be another program's by now: the command line tells. A configuration newer than the pid
 * file is one that the process has not read.
 */
export async function runningPid(folder: string, network: NetworkName): Promise<number | null> {
  try {
    const pidFile = paths(folder, network).pid;
    const pid = Number((await readFile(pidFile, "utf8")).trim());
    const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8");
    if (!commandLine.split("\0").some((word) => word.endsWith(configurationPath(folder, network)))) return null;
    const [started, configured] = [await stat(pidFile), await stat(configurationPath(folder, network))];
    return started.mtimeMs >= configured.mtimeMs ? pid : null;
  } catch {
    return null;
  }
}

/**
 * Another version of ours may render the same service differently: it must not run on what the older one wrote. Nor on what
 * was right before another program took a port, or left it.
 */
async function isConfiguredFor(service: NameService | null, folder: string): Promise<boolean> {
  if (service === null) return false;
  const files = paths(folder, service.network);
  const text = await readFile(files.configuration, "utf8").catch(() => "");
  const held = await heldAt(service, files.withoutDhcp);
  return text === renderConfiguration(service, files, held);
}

async function savedService(path: string): Promise<NameService | null> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as NameService;
  } catch {
    return null;
  }
}
