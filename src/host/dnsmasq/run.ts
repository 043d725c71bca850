import { TarrError } from "../../error.ts";
import type { NetworkName } from "../../model/names.ts";
import type { NameService } from "../../plan/desired.ts";
import { remove, writeWhole } from "../files.ts";
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
  await writeWhole(files.configuration, renderConfiguration(service, files));
  await host.supervisor.restart(service.network, configurationPath(host.folder, service.network));
  await waitUntil(async () => (await runningPid(host.folder, service.network)) !== null, service.network);
  await save(host, service);
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
  for (const path of [savedPath(host.folder, network), files.configuration, files.reservations, files.hosts]) {
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
