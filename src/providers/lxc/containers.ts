import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join } from "node:path";
import { exists, readRecord } from "../../host/files.ts";
import type { MachineState } from "../../model/machine.ts";
import { dataFolder } from "../folders.ts";
import type { NativeMachine } from "../provider.ts";
import { readNics } from "./config.ts";
import type { Container } from "./files.ts";
import { containerWords, files } from "./files.ts";
import { withIncludes } from "./includes.ts";
import { runInSession } from "../session.ts";

/** The folder of our machines, each with LXC's `config` and `rootfs` in it as LXC wants them. */
export function ownPath(): string {
  return join(dataFolder(), "machines");
}

/** Where the user's own containers are: `lxc.lxcpath` of lxc.system.conf(5), or LXC's default (not XDG_DATA_HOME). */
async function userPath(): Promise<string> {
  const text = (await readRecord(join(homedir(), ".config/lxc/lxc.conf")).catch(() => null)) ?? "";
  return lxcPathOf(text) ?? join(homedir(), ".local/share/lxc");
}

export function lxcPathOf(config: string): string | null {
  const found = [...config.matchAll(/^\s*lxc\.lxcpath\s*=\s*(.*?)\s*$/gm)].at(-1)?.[1] ?? "";
  return found === "" ? null : found;
}

/** A container and the name by which we call it: its own, unless that is one of our machines' already. */
export type Known = { readonly called: string; readonly container: Container };

/** Ours first. A user's container with a machine's name is called by its path. */
export async function findContainers(only?: readonly string[]): Promise<readonly Known[]> {
  const ours = await containersIn(ownPath());
  const taken = new Set(ours.map(({ name }) => name));
  const path = await userPath();
  const others = path === ownPath() ? [] : await containersIn(path);
  const all: Known[] = [
    ...ours.map((container) => ({ called: container.name, container })),
    ...others.map((container) => ({
      called: taken.has(container.name) ? join(container.path, container.name) : container.name,
      container,
    })),
  ];
  return only === undefined ? all : all.filter(({ called }) => only.includes(called));
}

/** The container that we call so; one that is nowhere is looked for where its name says, to fail there. */
export async function findContainer(called: string): Promise<Container> {
  const known = (await findContainers([called]))[0];
  if (known !== undefined) return known.container;
  return isAbsolute(called) ? { path: dirname(called), name: basename(called) } : { path: ownPath(), name: called };
}

async function containersIn(path: string): Promise<readonly Container[]> {
  const names: string[] = await readdir(path).catch(() => []);
  const found = await Promise.all(names.map((name) => exists(configPath({ path, name }))));
  return names
    .filter((_, index) => found[index])
    .sort()
    .map((name) => ({ path, name }));
}

export function configPath({ path, name }: Container): string {
  return join(path, name, files.config);
}

/** The containers as they are now. No program is started for one that does not run. */
export async function nativeMachines(only?: readonly string[]): Promise<readonly NativeMachine[]> {
  const known = await findContainers(only);
  if (known.length === 0) return [];
  const sockets = await readFile("/proc/net/unix", "utf8").catch(() => null);
  return Promise.all(
    known.map(async ({ called, container }) => {
      const config = (await readRecord(configPath(container)).catch(() => null)) ?? "";
      const state = sockets === null || mayRun(sockets, container) ? await stateOf(container) : "stopped";
      return { name: called, state, nics: readNics(config, await withIncludes(config)) };
    }),
  );
}

/**
 * Whether a container may run, by the kernel's list of sockets: a running one takes commands at the abstract name
 * `PATH/NAME/command`, or `lxc/HASH/command` when that is too long for a name.
 */
export function mayRun(sockets: string, { path, name }: Container): boolean {
  return sockets.includes(`@${path}/${name}/command\n`) || /@lxc\/[0-9a-f]+\/command$/m.test(sockets);
}

export async function stateOf(container: Container): Promise<MachineState> {
  const result = await runInSession(["lxc-info", ...containerWords(container), "-sH"]).catch(() => null);
  return result?.code === 0 ? parseState(result.stdout) : "unknown";
}

/** lxc-info's word. STARTING and STOPPING last a moment, in which the container is in nobody else's hands. */
export function parseState(printed: string): MachineState {
  switch (printed.trim()) {
    case "STOPPED":
      return "stopped";
    case "FROZEN":
    case "FREEZING":
      return "paused";
    case "RUNNING":
    case "STARTING":
    case "STOPPING":
    case "ABORTING":
    case "THAWED":
      return "running";
    default:
      return "unknown";
  }
}

/** The process on the host that is the container's first; null when it does not run. */
export async function firstProcess(container: Container): Promise<number | null> {
  const result = await runInSession(["lxc-info", ...containerWords(container), "-pH"]).catch(() => null);
  const found = Number(result?.stdout.trim());
  return Number.isInteger(found) && found > 0 ? found : null;
}
