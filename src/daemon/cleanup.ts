import { observeLinks } from "../host/links/observe.ts";
import { tapHolders } from "../host/links/holders.ts";
import { runLinkSteps } from "../host/links/run.ts";
import { leaveNeighbours } from "../host/nft/neighbours.ts";
import { renderNoRules } from "../host/nft/render.ts";
import { endTrace } from "../host/probe/trace.ts";
import { keepVmwareMapping } from "../host/vmware/networking.ts";
import { publishNames } from "../host/names/publish.ts";
import { containerInits } from "../host/lxc/monitors.ts";
import { keepUsernet } from "../host/lxc/usernet.ts";
import { run } from "../host/command.ts";
import { setForwarding } from "../host/sysctl/forwarding.ts";
import { documentPath } from "../model/document.ts";
import type { ObservedLink } from "../plan/observed.ts";
import { readClaims, writeClaims } from "./claims.ts";
import { log } from "./journal.ts";
import { lanLeases } from "./lan-leases.ts";
import { lanDhcp } from "./lan-segment.ts";
import type { Folders } from "./state.ts";

/** How long a machine may take to end after a signal. */
const endPatience = 5_000;

/**
 * Takes everything of ours out of the kernel, for the package's removal: needs no service, no document and no state but
 * the marks. Goes on past what fails, and says it.
 */
export async function cleanUp(): Promise<number> {
  const folders: Folders = { state: "/var/lib/tarr-steps", runtime: "/run/tarr-steps", document: documentPath };
  // No file is there to read: the names that were published are taken back, and the leave of users.
  const attempts = [
    () => giveBackLeases(folders),
    () => switchOff(folders),
    removeRules,
    leaveNeighbours,
    endContainers,
    removeLinks,
    () => publishNames(""),
    () => keepUsernet(""),
    () => keepVmwareMapping([], { remove: true, apply: false }),
  ];
  let failures = 0;
  // One after the other: an interface that is deleted meanwhile has no forwarding left to switch off.
  for (const attempt of attempts) {
    try {
      await attempt();
    } catch (error) {
      failures += 1;
      log("error", String(error));
    }
  }
  return failures === 0 ? 0 : 1;
}

/** Addresses of the LAN's own DHCP server: nobody will answer for them any more. */
async function giveBackLeases(folders: Folders): Promise<void> {
  const leases = lanLeases({ folders, dhcp: lanDhcp, onChange: () => undefined });
  await leases.retain(new Set());
  leases.close();
}

async function switchOff(folders: Folders): Promise<void> {
  const { forwarding, promiscuous } = await readClaims(folders);
  const present = new Set(observeLinks().map((link) => link.name));
  for (const name of forwarding) if (present.has(name)) await setForwarding(name, false);
  const quiet = [...promiscuous].filter((name) => present.has(name));
  await runLinkSteps(quiet.map((name) => ({ kind: "set-promiscuous", interface: name, on: false })));
  await writeClaims(folders, { forwarding: new Set(), promiscuous: new Set() });
}

async function removeRules(): Promise<void> {
  await run(["nft", "-f", "-"], { stdin: renderNoRules() + endTrace });
}

/** Machines are powered off: what ran on a switch that goes away would only seem to run. */
async function endMachines(links: readonly ObservedLink[]): Promise<void> {
  const taps = new Set(links.filter((link) => link.kind === "tun").map((link) => link.name));
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const deadline = performance.now() + endPatience;
    for (const pid of await tapHolders(taps)) process.kill(pid, signal);
    while ((await tapHolders(taps)).length > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Their interfaces go with them. What users made in LXC itself is theirs, and stays. */
async function endContainers(): Promise<void> {
  const deadline = performance.now() + endPatience;
  for (const pid of await containerInits()) process.kill(pid, "SIGKILL");
  while ((await containerInits()).length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function removeLinks(): Promise<void> {
  const ours = observeLinks().filter((link) => link.marked && !link.name.endsWith("-peer"));
  await endMachines(ours);
  await deleteLinks(ours.sort((one, other) => Number(one.kind === "bridge") - Number(other.kind === "bridge")));
  // A pair goes as one, but for one whose other end somebody moved to another namespace.
  await deleteLinks(observeLinks().filter((link) => link.marked));
}

async function deleteLinks(links: readonly ObservedLink[]): Promise<void> {
  const { failure } = await runLinkSteps(links.map((link) => ({ kind: "delete-interface", interface: link.name })));
  if (failure !== null) throw failure;
}
