import { readdir, readFile } from "node:fs/promises";
import type { InterfaceName } from "../../model/names.ts";

/**
 * The processes that hold these taps open, by what proc(5) tells of their descriptors (`iff:` in fdinfo, of a tun
 * device). For root: others' descriptors cannot be seen.
 */
export async function tapHolders(taps: ReadonlySet<InterfaceName>): Promise<readonly number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const holding = await Promise.all(pids.map(async (pid) => ((await holdsTap(pid, taps)) ? [Number(pid)] : [])));
  return holding.flat();
}

async function holdsTap(pid: string, taps: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fdinfo`;
  const descriptors = await readdir(folder).catch(() => []);
  const texts = await Promise.all(descriptors.map((name) => readFile(`${folder}/${name}`, "utf8").catch(() => "")));
  return texts.some((text) => taps.has(/^iff:\t(\S+)$/m.exec(text)?.[1] ?? ""));
}
