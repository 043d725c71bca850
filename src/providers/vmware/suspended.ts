import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readBytes, replaceBytes } from "./bytes.ts";
import { mustBeFree } from "./rewire.ts";
import { changeSettings, readSettings } from "./vmx.ts";

/** What names the file of a suspended machine's memory, and whether that file is a snapshot's, which keeps it. */
const memoryKeys = ["checkpoint.vmState", "checkpoint.vmState.readOnly"] as const;

/**
 * Makes a suspended machine a stopped one: no program of VMware's does. Its settings come first: without its files a machine
 * that still names them would not start.
 *
 * @throws TarrError `provider-problem`, `file-unwritable`
 */
export async function discardMemory(path: string, name: string): Promise<void> {
  const text = await readBytes(path);
  if (text === null) return;
  await mustBeFree(path, name);
  await replaceBytes(path, changeSettings(text, new Map(memoryKeys.map((key) => [key, null]))));
  for (const file of memoryFiles(readSettings(text).get("checkpoint.vmstate") ?? "")) {
    await rm(join(dirname(path), file), { force: true });
  }
}

/**
 * The files that go with a machine's memory: `web-1a2b3c4d.vmss`, and beside it the memory itself as `.vmem`. A `.vmsn` is a
 * snapshot's, and stays; so does what lies in another folder, which we did not make.
 */
export function memoryFiles(saved: string): readonly string[] {
  const [, stem] = /^([^/]+)\.vmss$/.exec(saved) ?? [];
  return stem === undefined ? [] : [`${stem}.vmss`, `${stem}.vmem`];
}
