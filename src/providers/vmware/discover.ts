import { readdir, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { hasProgram, run } from "../../host/command.ts";
import type { Machine, MachineState } from "../../model/machine.ts";
import { machineFolder } from "../folders.ts";
import type { NativeMachine } from "../provider.ts";
import { listMachines } from "../records.ts";
import { listArgv, parseRunning } from "./argv.ts";
import { readBytes } from "./bytes.ts";
import { readNetworking } from "./host.ts";
import { defaultFolder, inventoryFiles } from "./inventory.ts";
import { vmxName } from "./machine-file.ts";
import { nicsOf } from "./nics.ts";
import { failed } from "./problems.ts";
import type { Settings } from "./vmx.ts";
import { readSettings } from "./vmx.ts";

/** Folders below the one that Workstation makes machines in that are looked into. */
const mostFolders = 500;
const patience = 15_000;

/** The .vmx files of the machines that run, or null when vmrun does not tell. */
export type Running = readonly string[] | null;

/**
 * The user's machines: ours, and those that Workstation lists or has in its usual folder. Two of one name are told apart by
 * the path of their .vmx; ours keep theirs.
 */
export async function findMachines(only?: readonly string[]): Promise<readonly NativeMachine[]> {
  const records = (await listMachines()).filter((one) => one.provider === "vmware");
  const ours = records.filter((one) => only?.includes(one.name) ?? true);
  const oursAlone = only?.every((name) => ours.some((one) => one.name === name)) ?? false;
  const paths = ours.map(vmxPath);
  const others = oursAlone ? [] : await foreignFiles(new Set(records.map(vmxPath)));
  if (paths.length + others.length === 0) return [];
  const running = await findRunning();
  const networking = await readNetworking();
  const all = await Promise.all([...paths, ...others].map((path) => read(path, running, networking)));
  const names = new Set<string>(records.map((one) => one.name));
  return all.flatMap((found, index) => {
    if (found === null) return [];
    // Whatever name somebody gave it in Workstation's window: its record has it under this one.
    const own = ours[index];
    if (own !== undefined) return [{ ...found.machine, name: own.name }];
    const name = names.has(found.machine.name) ? found.path : found.machine.name;
    names.add(name);
    return (only?.includes(name) ?? true) ? [{ ...found.machine, name }] : [];
  });
}

export function vmxPath(machine: Pick<Machine, "name">): string {
  return join(machineFolder(machine.name), vmxName(machine));
}

/** What vmrun lists is of this user alone. Without a vmrun nothing runs. */
export async function findRunning(): Promise<Running> {
  if (!hasProgram("vmrun")) return [];
  const result = await run(listArgv(), { timeout: patience }).catch(() => null);
  const listed = result === null || failed(result) ? null : parseRunning(result.stdout);
  return listed === null ? null : Promise.all(listed.map(truePath));
}

export async function stateOf(path: string, running: Running, settings: Settings): Promise<MachineState> {
  if (running === null) return "unknown";
  if (running.includes(await truePath(path))) return "running";
  // A suspended machine names the file that holds its memory.
  return (settings.get("checkpoint.vmstate") ?? "") === "" ? "stopped" : "paused";
}

async function read(path: string, running: Running, networking: string) {
  const text = await readBytes(path);
  if (text === null) return null;
  const settings = readSettings(text);
  const title = settings.get("displayname") ?? "";
  const machine: NativeMachine = {
    name: title === "" ? basename(path, ".vmx") : title,
    state: await stateOf(path, running, settings),
    nics: nicsOf({ path, text }, networking),
  };
  return { path, machine };
}

/** Of machines that are not ours, each once, by whichever of its paths came first. */
async function foreignFiles(ours: ReadonlySet<string>): Promise<readonly string[]> {
  const home = homedir();
  const inventory = inventoryFiles((await readBytes(join(home, ".vmware", "inventory.vmls"))) ?? "");
  const chosen = defaultFolder((await readBytes(join(home, ".vmware", "preferences"))) ?? "");
  const folders = [...new Set([join(home, "vmware"), chosen ?? join(home, "vmware")])];
  const there = (await Promise.all(folders.map(filesBelow))).flat();
  const seen = new Set(await Promise.all([...ours].map(truePath)));
  const found: string[] = [];
  for (const path of [...inventory, ...there]) {
    const place = await truePath(path);
    if (seen.has(place)) continue;
    seen.add(place);
    found.push(path);
  }
  return found;
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).slice(0, mostFolders);
  const files = await Promise.all(
    folders.map(async ({ name }) => {
      const names: string[] = await readdir(join(folder, name)).catch(() => []);
      return names.filter((file) => file.endsWith(".vmx")).map((file) => join(folder, name, file));
    }),
  );
  return files.flat().sort();
}

/** A home may be reached through a link: vmrun tells one path, the library another. */
function truePath(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
