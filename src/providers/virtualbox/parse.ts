import type { MachineState, Remains } from "../../model/machine.ts";
import type { Mac } from "../../model/names.ts";
import { isMac } from "../../model/names.ts";
import type { NativeNic, Wiring } from "../provider.ts";

/** Reads what VBoxManage prints. Real outputs are in `test/unit/recorded/virtualbox/`. */

export type Listed = { readonly uuid: string; readonly name: string };

/**
 * `list vms`: `"NAME" {UUID}`. The name is printed as it is, quotes and braces too: hence from the right. Lines of any
 * other form are warnings (Debian's wrapper prints them to standard output). A machine whose settings cannot be read has
 * no name.
 */
export function parseMachineList(text: string): readonly Listed[] {
  return [...text.matchAll(/^"(.*)" \{([0-9a-f-]{36})\}$/gm)]
    .map(([, name = "", uuid = ""]) => ({ uuid, name }))
    .filter(({ name }) => name !== "<inaccessible>");
}

/** `showvminfo --machinereadable`: what is said of the machine, by key. */
export type Settings = ReadonlyMap<string, string>;

/**
 * One `key="value"` a line; the key is sometimes quoted, the value sometimes not. The first of a key counts, and the
 * descriptions end it: they are the user's own text, over several lines, and may look like anything.
 */
export function parseSettings(text: string): Settings {
  const settings = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, , key, value] = /^("?)([^"=]+)\1=(.*)$/.exec(line) ?? [];
    if (/^(description|Snapshot)/.test(line)) break;
    if (key === undefined || value === undefined || settings.has(key)) continue;
    settings.set(key, /^".*"$/.test(value) ? value.slice(1, -1) : value);
  }
  return settings;
}

/** VBoxManageInfo.cpp, machineStateToName. A guru meditation is a crash that keeps the machine's process. */
const states: Readonly<Record<string, MachineState>> = {
  poweroff: "stopped",
  saved: "stopped",
  teleported: "stopped",
  aborted: "stopped",
  "aborted-saved": "stopped",
  running: "running",
  starting: "running",
  restoring: "running",
  stopping: "running",
  saving: "running",
  livesnapshotting: "running",
  onlinesnapshotting: "running",
  paused: "paused",
};

export function stateIn(settings: Settings): MachineState {
  return states[settings.get("VMState") ?? ""] ?? "unknown";
}

/** Every NIC slot that this machine has, switched on or not. */
export function nicsIn(settings: Settings): readonly NativeNic[] {
  const numbers = [...settings.keys()].flatMap((key) => /^nic([1-9]\d*)$/.exec(key)?.[1] ?? []).map(Number);
  return numbers.map((number) => {
    const wiring = wiringIn(settings, number);
    const bridged = wiring[`nic${number}`] === "bridged" ? wiring[`bridgeadapter${number}`] : undefined;
    return { number, mac: macIn(wiring, number), interface: bridged ?? null, wiring };
  });
}

/** Whether a machine of VirtualBox's is this one: its settings lie at `path`, or, where the user moved it, it has its MAC. */
export function isMachine(settings: Settings, { nics }: Pick<Remains, "nics">, path: string): boolean {
  if (settings.get("CfgFile") === path) return true;
  return nicsIn(settings).some(({ mac }) => nics.some(({ port }) => port.mac === mac));
}

/** The words before the number in the lines about one NIC (VBoxManageInfo.cpp). */
const wiringKeys = [
  ...["nic", "nictype", "nicspeed", "macaddress", "cableconnected", "bridgeadapter", "intnet", "hostonlyadapter"],
  ...["hostonly-network", "nat-network", "natnet", "cloud-network", "generic"],
];

function wiringIn(settings: Settings, number: number): Wiring {
  const lines = wiringKeys.flatMap((word) => {
    const key = `${word}${number}`;
    const value = settings.get(key);
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(lines);
}

function macIn(wiring: Wiring, number: number): Mac | null {
  const digits = wiring[`macaddress${number}`] ?? "";
  const mac = digits.toLowerCase().match(/../g)?.join(":") ?? "";
  return isMac(mac) ? mac : null;
}

/** `--version`: "7.2.22_Debianr175245", after the wrapper's warnings. */
export function parseVersion(text: string): string | null {
  return /^(\d+\.\d+\.\d+)\S*$/m.exec(text)?.[1] ?? null;
}

export type Disk = { readonly uuid: string; readonly parent: string; readonly users: readonly Listed[] };

/** `list hdds --long`: blocks of `Label: value`; the snapshots in square brackets after a user do not matter here. */
export function parseDisks(text: string): readonly Disk[] {
  return text.split(/\n\s*\n/).flatMap((block) => {
    const uuid = /^UUID: +(\S+)$/m.exec(block)?.[1];
    const parent = /^Parent UUID: +(\S+)$/m.exec(block)?.[1] ?? "base";
    const [, used = ""] = /^In use by VMs: +(.*(?:\n +.*)*)/m.exec(block) ?? [];
    const users = [...used.matchAll(/^ *(.*?) \(UUID: ([0-9a-f-]{36})\)/gm)].map(([, name = "", id = ""]) => ({
      name,
      uuid: id,
    }));
    return uuid === undefined ? [] : [{ uuid, parent, users }];
  });
}

/**
 * The name of a machine whose disk is a linked clone of one of this machine's, if there is one: VirtualBox would take
 * this machine out of its list, and then fail to remove the disk.
 */
export function linkedClone(disks: readonly Disk[], uuid: string): string | null {
  const own = new Set(disks.filter((disk) => disk.users.some((user) => user.uuid === uuid)).map((disk) => disk.uuid));
  const child = disks.find((disk) => own.has(disk.parent) && !own.has(disk.uuid));
  if (child === undefined) return null;
  return child.users[0]?.name ?? child.uuid;
}

/** What VBoxManage gives as the reason of a failure: its first sentence of error. */
export function saidIn(text: string): string {
  const errors = [...text.matchAll(/^VBoxManage(?:\.exe)?: error: (.+)$/gm)].map(([, said = ""]) => said);
  const first = errors.find((said) => !/^(Details|Context):/.test(said));
  return first ?? text.trim().split("\n").at(-1) ?? "";
}

/**
 * `snapshot UUID list --machinereadable`, whose lines showvminfo has too: a name, then its UUID, parents first; nothing
 * when there are none. What stands alone in a description, the user's own text, is no name.
 */
export function parseSnapshots(text: string): readonly Listed[] {
  const pairs = text.matchAll(/^SnapshotName(-[\d-]+)?="(.*)"\nSnapshotUUID\1="([0-9a-f-]{36})"$/gm);
  return [...pairs].map(([, , name = "", uuid = ""]) => ({ uuid, name }));
}
