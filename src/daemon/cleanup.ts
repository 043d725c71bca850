import { observeLinks } from "../host/links/observe.ts";
import { tapHolders } from "../host/links/holders.ts";
import { runLinkSteps } from "../host/links/run.ts";
import { leaveNeighbours } from "../host/nft/neighbours.ts";
import { renderNoRules } from "../host/nft/render.ts";
import { keepVmwareMapping } from "../host/vmware/networking.ts";
import { publishNames } from "../host/names/publish.ts";
import { containerInits } from "../host/lxc/monitors.ts";
import { keepUsernet } from "../host/lxc/usernet.ts";
import { run } from "../host/command.ts";
import { setForwarding } from "../host/sysctl/forwarding.ts";
import type { InterfaceName } from "../model/names.ts";
import { documentPath } from "../model/document.ts";
import type { ObservedLink } from "../plan/observed.ts";
import { log } from "./journal.ts";
import type { Folders } from "./state.ts";
import { readForwarding, writeForwarding } from "./state.ts";

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
    () => removeForwarding(folders),
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

async function removeForwarding(folders: Folders): Promise<void> {
  const names: ReadonlySet<InterfaceName> = await readForwarding(folders);
  const present = new Set((await observeLinks()).map((link) => link.name));
  for (const name of names) if (present.has(name)) await setForwarding(name, false);
  await writeForwarding(folders, new Set());
}

async function removeRules(): Promise<void> {
  await run(["nft", "-f", "-"], { stdin: renderNoRules() });
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
  const ours = (await observeLinks()).filter((link) => link.marked && !link.name.endsWith("-peer"));
  await endMachines(ours);
  const ordered = ours.sort((one, other) => Number(one.kind === "bridge") - Number(other.kind === "bridge"));
  const { failure } = await runLinkSteps(ordered.map((link) => ({ kind: "delete-interface", interface: link.name })));
  if (failure !== null) throw failure;
}
