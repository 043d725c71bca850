import { hasProgram } from "../../host/command.ts";
import { readdir } from "node:fs/promises";
import { printable } from "../../model/names.ts";
import { providerProblem } from "../absent.ts";
import type { NicPlace, Rewired, Target } from "../provider.ts";
import { settingArgvs } from "./argv.ts";
import { readBytes, replaceBytes } from "./bytes.ts";
import { findRunning, stateOf } from "./discover.ts";
import { vmnetFor } from "./host.ts";
import { fileOf, formerChanges, portChanges, rewireBack } from "./nics.ts";
import type { Changes } from "./vmx.ts";
import { changeSettings, readSettings } from "./vmx.ts";
import { mustVmware } from "./vmrun.ts";

/**
 * Changes the lines of one NIC in a machine's .vmx. VMware reads them at the machine's start, so a machine that runs is
 * on its new network at the next one; and it writes the whole file when the machine ends, so then vmcli has to tell it.
 */
export async function rewireNic({ machine, nic }: NicPlace, to: Target): Promise<Rewired> {
  const name = printable(machine.name);
  const card = machine.nics.find(({ number }) => number === nic);
  const path = fileOf(card?.wiring ?? {});
  if (path === null) throw providerProblem("vmware", "no-nic", { name, nic: String(nic) });
  const text = await readBytes(path);
  if (text === null) throw providerProblem("vmware", "file-missing", { name, vmx: path, said: path });
  const vmnet = "port" in to ? await vmnetFor(to.port.switch) : 0;
  const changes =
    "port" in to
      ? portChanges(nic, { mac: to.port.mac, own: card?.mac ?? null }, vmnet)
      : formerChanges(nic, to.former);
  if ((await stateOf(path, await findRunning(), readSettings(text))) === "running") {
    await tellRunning(path, changes, name);
    return { when: "next-start" };
  }
  await mustBeFree(path, name);
  const wanted = "port" in to ? changeSettings(text, changes) : rewireBack(text, nic, to.former);
  if (wanted !== text) await replaceBytes(path, wanted);
  return { when: "next-start" };
}

/** Without vmcli there is nobody to tell; and what vmcli says it did is looked at, since only the file is what counts. */
async function tellRunning(path: string, changes: Changes, name: string): Promise<void> {
  if (!hasProgram("vmcli")) throw providerProblem("vmware", "machine-on", { name });
  const missing = await missingOf(path, changes);
  for (const argv of settingArgvs(path, missing)) await mustVmware(argv, { name, vmx: path });
  if ((await missingOf(path, missing)).size > 0) throw providerProblem("vmware", "machine-on", { name });
}

/** Those changes that the file does not have yet. */
async function missingOf(path: string, changes: Changes): Promise<Changes> {
  const settings = readSettings((await readBytes(path)) ?? "");
  return new Map([...changes].filter(([key, value]) => (settings.get(key.toLowerCase()) ?? "") !== (value ?? "")));
}

/** A window that shows the machine holds its settings, and writes them when it closes: a folder `.vmx.lck` tells. */
export async function mustBeFree(path: string, name: string): Promise<void> {
  const locks: string[] = await readdir(`${path}.lck`).catch(() => []);
  if (locks.some((lock) => lock.endsWith(".lck"))) {
    throw providerProblem("vmware", "in-use", { name, vmx: path, said: `${path}.lck` });
  }
}
