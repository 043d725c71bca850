import { TarrError } from "../../error.ts";
import type { NetworkName } from "../../model/names.ts";
import type { NameService } from "../../plan/desired.ts";
import { remove, writeWhole } from "../files.ts";
import { portHolder } from "../probe/holders.ts";
import type { Held } from "./held.ts";
import { heldAt, placeOf, ports } from "./held.ts";
import { runningPid } from "./observe.ts";
import { configurationPath, paths, savedPath } from "./paths.ts";
import { renderConfiguration, renderHosts, renderReservations } from "./render.ts";
import type { Supervisor } from "./supervisor.ts";

export type NameServiceHost = { readonly folder: string; readonly supervisor: Supervisor };

/** How long dnsmasq may take to be there after it was told to start: it needs some 20 ms. */
const startPatience = 5_000;

export async function serveNames(host: NameServiceHost, service: NameService): Promise<void> {
  const files = paths(host.folder, service.network);
  // What is asked for is forgotten first: whoever is interrupted from here on finds a service to start anew.
  await remove(savedPath(host.folder, service.network));
  await writeWhole(files.reservations, renderReservations(service));
  await writeWhole(files.hosts, renderHosts(service));
  await remove(files.withoutDhcp);
  try {
    await startWith(host, service, await heldAt(service, files.withoutDhcp));
  } catch (error) {
    await startWithout(host, service, error);
  }
  await save(host, service);
}

async function startWith(host: NameServiceHost, service: NameService, held: Held): Promise<void> {
  const files = paths(host.folder, service.network);
  await writeWhole(files.configuration, renderConfiguration(service, files, held));
  await host.supervisor.restart(service.network, configurationPath(host.folder, service.network));
  await waitUntil(async () => (await runningPid(host.folder, service.network)) !== null, service.network);
}

/** Once more without DHCP, if somebody has its port. @throws TarrError `name-service-failed`, or what it failed with */
async function startWithout(host: NameServiceHost, service: NameService, failure: unknown): Promise<void> {
  if (!(failure instanceof TarrError) || failure.code !== "command-failed") throw failure;
  const { withoutDhcp } = paths(host.folder, service.network);
  const failed = new TarrError("name-service-failed", { network: service.network }, failure);
  if ((await portHolder(ports.dhcp, placeOf(service))) === null) throw failed;
  await writeWhole(withoutDhcp, "");
  await startWith(host, service, await heldAt(service, withoutDhcp)).catch(() => Promise.reject(failed));
}

/** SIGHUP makes dnsmasq read reservations and hosts again, removals included: a hostsdir would only ever add. */
export async function updateLeases(host: NameServiceHost, service: NameService): Promise<void> {
  const files = paths(host.folder, service.network);
  await remove(savedPath(host.folder, service.network));
  await writeWhole(files.reservations, renderReservations(service));
  await writeWhole(files.hosts, renderHosts(service));
  const pid = await runningPid(host.folder, service.network);
  if (pid === null) throw notThere(service.network);
  process.kill(pid, "SIGHUP");
  await save(host, service);
}

export async function stopNames(host: NameServiceHost, network: NetworkName): Promise<void> {
  await host.supervisor.stop(network);
  await waitUntil(async () => (await runningPid(host.folder, network)) === null, network);
  const files = paths(host.folder, network);
  const made = [files.configuration, files.reservations, files.hosts, files.withoutDhcp];
  for (const path of [savedPath(host.folder, network), ...made]) {
    await remove(path);
  }
}

async function save(host: NameServiceHost, service: NameService): Promise<void> {
  await writeWhole(savedPath(host.folder, service.network), JSON.stringify(service));
}

async function waitUntil(holds: () => Promise<boolean>, network: NetworkName): Promise<void> {
  const deadline = performance.now() + startPatience;
  while (!(await holds())) {
    if (performance.now() > deadline) throw notThere(network);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

function notThere(network: NetworkName): TarrError {
  return new TarrError("command-failed", {
    command: `dnsmasq (${network})`,
    status: "1",
    said: `journalctl -u tarr-steps-dnsmasq@${network}`,
  });
}
