/**
 * Removing a room by its prefix alone, so that the same code serves the room itself, the janitor that outlives a
 * killed test run, and the sweep of what an earlier run left.
 *
 * Run as a program, this is the janitor: it waits until its standard input ends, which happens however our process
 * ends (bun:test fires no "exit", and nothing fires after SIGKILL), then removes the room named as its argument.
 */
import { existsSync, statfsSync } from "node:fs";
import { readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../../src/host/command.ts";
import { cacheFolder, removeFolder } from "./debian-root.ts";
import { cgroupRoot, isAlive, until } from "./processes.ts";

/**
 * In memory where there is room (a host writes about 2 GB): dpkg waits for the disk after each file, and how slow a shared
 * machine's disk is at that moment says nothing about the package.
 */
export const roomsFolder = join(megabytes("/dev/shm") > 8_000 ? "/dev/shm/tarr-steps-tests" : cacheFolder, "rooms");

/** Its size, not what is free: all processes of a run must come to the same answer. */
function megabytes(folder: string): number {
  if (!existsSync(folder)) return 0;
  const { blocks, bsize } = statfsSync(folder);
  return (blocks * bsize) / 1_000_000;
}

const namespacesFolder = "/run/netns";
const resolvFolder = "/etc/netns";
const roomName = /^(tarr-room-(\d+)-\d+)(-|$)/;

/** Ends every process of a room, and removes its namespaces and files. Nothing to do is no error. */
export async function removeRoom(prefix: string): Promise<void> {
  const ours = (name: string) => roomName.exec(name)?.[1] === prefix;
  await removeCgroup(join(cgroupRoot, prefix));
  for (const name of (await list(namespacesFolder)).filter(ours)) await removeNamespace(name);
  for (const name of (await list(resolvFolder)).filter(ours)) await removeFolder(join(resolvFolder, name));
  await removeFolder(join(roomsFolder, prefix));
}

/** Removes the rooms of processes that are no more. */
export async function sweepRooms(): Promise<void> {
  const folders = [cgroupRoot, namespacesFolder, resolvFolder, roomsFolder];
  const names = (await Promise.all(folders.map(list))).flat();
  const dead = new Set<string>();
  for (const name of names) {
    const [, prefix, pid] = roomName.exec(name) ?? [];
    if (prefix !== undefined && !isAlive(pid)) dead.add(prefix);
  }
  for (const prefix of dead) await removeRoom(prefix);
}

export async function removeNamespace(name: string): Promise<void> {
  await unlessGone(join(namespacesFolder, name), mustRun(["ip", "netns", "delete", name]));
}

/** Ends what runs in a control group and in those below it, and removes them. */
export async function removeCgroup(group: string): Promise<void> {
  if (!existsSync(group)) return;
  await unlessGone(group, writeFile(join(group, "cgroup.kill"), "1"));
  await until(`the processes of ${group} to end`, async () => {
    const events = await readFile(join(group, "cgroup.events"), "utf8").catch(() => "populated 0");
    return events.includes("populated 0") || undefined;
  });
  await removeTree(group);
}

/** `rm -r` fails on a control group, whose files cannot be removed: only its folders can, the deepest first. */
async function removeTree(group: string): Promise<void> {
  const entries = await readdir(group, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(group, entry.name));
  await unlessGone(group, rmdir(group));
}

/** The janitor and the sweep of another run may remove the same room at once: the second finds nothing to remove. */
async function unlessGone(path: string, removal: Promise<unknown>): Promise<void> {
  await removal.catch((error: unknown) => {
    if (existsSync(path)) throw error;
  });
}

function list(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

if (import.meta.main) {
  const [prefix] = process.argv.slice(2);
  if (prefix === undefined) throw new Error("usage: remains.ts PREFIX");
  process.stdin.resume();
  process.stdin.on("end", () => void removeRoom(prefix));
}
