import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The interfaces that VMware's module is bridged to at this moment, whatever its file says by now: `/proc/vmnet/bridge0` ends
 * with `dev eth0` (VNetBridgeProcRead in the module's bridge.c, which is public).
 *
 * @returns none where the module is not loaded
 */
export async function observeBridges(folder = "/proc/vmnet"): Promise<ReadonlySet<string>> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^bridge\d+$/.test(name));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8").catch(() => "")));
  return new Set(texts.flatMap((text) => /\bdev (\S+)\s*$/.exec(text)?.[1] ?? []));
}
