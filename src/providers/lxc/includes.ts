import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readRecord } from "../../host/files.ts";
import { includedBy } from "./config.ts";

/** LXC itself would run out of stack in a circle. */
const deepest = 8;

/** A configuration with what it includes in the place of the lines that include it, as LXC reads it. */
export async function withIncludes(config: string, depth = 0): Promise<string> {
  if (depth > deepest) return "";
  const lines = config.split("\n").map(async (line) => {
    const path = includedBy(line);
    return path === null ? line : included(path, depth);
  });
  return (await Promise.all(lines)).join("\n");
}

/** Of a folder: the files named *.conf, in the order of their names. */
async function included(path: string, depth: number): Promise<string> {
  const names: string[] | null = await readdir(path).catch(() => null);
  const own = names?.filter((name) => name.endsWith(".conf")).sort();
  const paths = own?.map((name) => join(path, name)) ?? [path];
  const texts = paths.map(async (one) => withIncludes((await readRecord(one).catch(() => null)) ?? "", depth + 1));
  return (await Promise.all(texts)).join("\n");
}
