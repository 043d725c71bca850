import { readdir, readFile, readlink } from "node:fs/promises";
import { isMac } from "../../model/names.ts";
import type { NativeNic } from "../provider.ts";

/** A QEMU that runs as this user, by its command line: QEMU keeps no list of its machines. */
export type QemuProcess = {
  readonly name: string;
  readonly folder: string;
  /** Its QMP socket, when it has one that is a path. */
  readonly monitor: string | null;
  readonly nics: readonly NativeNic[];
};

export async function findProcesses(): Promise<readonly QemuProcess[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => readProcess(pid).catch(() => null)));
  return found.filter((process) => process !== null);
}

async function readProcess(pid: string): Promise<QemuProcess | null> {
  const argv = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0").slice(0, -1);
  if (!/(?:^|\/)(?:qemu-system-[\w-]+|kvm)$/.test(argv[0] ?? "")) return null;
  // Only the process's own user may read this link: others' machines are none of ours.
  return parseProcess(argv, await readlink(`/proc/${pid}/cwd`));
}

/** @returns null for a machine without a name: nobody could say which one is meant */
export function parseProcess(argv: readonly string[], folder: string): QemuProcess | null {
  const options = argv.flatMap((word, index): [string, string][] =>
    /^--?[a-z]/.test(word) ? [[word.replace(/^--?/, ""), argv[index + 1] ?? ""]] : [],
  );
  const all = (name: string) => options.filter(([option]) => option === name).map(([, value]) => value);
  const name = all("name").map((value) => setting(value, "guest") ?? value.split(",")[0])[0];
  if (name === undefined || name === "") return null;
  return { name, folder, monitor: monitorOf(all), nics: nicsOf(all) };
}

function monitorOf(all: (name: string) => readonly string[]): string | null {
  const direct = all("qmp").find((value) => value.startsWith("unix:"));
  if (direct !== undefined) return direct.slice("unix:".length).split(",")[0] ?? null;
  const control = all("mon").find((value) => setting(value, "mode") === "control");
  const id = control === undefined ? null : (setting(control, "chardev") ?? control.split(",")[0]);
  const device = all("chardev").find((value) => value.startsWith("socket,") && setting(value, "id") === id);
  return device === undefined ? null : setting(device, "path");
}

/** NICs as `-device …,netdev=` with its `-netdev`, or as `-nic`. */
function nicsOf(all: (name: string) => readonly string[]): NativeNic[] {
  const interfaces = new Map(
    all("netdev").flatMap((value) => {
      const id = setting(value, "id");
      return id === null ? [] : [[id, setting(value, "ifname") ?? setting(value, "br")] as const];
    }),
  );
  const devices = all("device").flatMap((value) => {
    const backend = setting(value, "netdev");
    return backend === null ? [] : [{ mac: setting(value, "mac"), interface: interfaces.get(backend) ?? null }];
  });
  const short = all("nic").map((value) => ({
    mac: setting(value, "mac"),
    interface: setting(value, "ifname") ?? setting(value, "br"),
  }));
  return [...devices, ...short].map((nic, index) => {
    const mac = nic.mac?.toLowerCase() ?? "";
    return { number: index + 1, mac: isMac(mac) ? mac : null, interface: nic.interface, wiring: {} };
  });
}

/** A `key=value` of a comma-separated option (qemu-system(1)). */
function setting(option: string, key: string): string | null {
  const found = option.split(",").find((part) => part.startsWith(`${key}=`));
  return found === undefined ? null : found.slice(key.length + 1);
}
