/**
 * What the stand-ins keep of a guest's memory. A suspended machine names a `.vmss` in its .vmx, and has its memory in a `.vmem`
 * beside it; both go when it is resumed. A snapshot is a `.vmsn`, which a machine that was brought back to it names as its
 * own state and may only read.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { beside, ended, read, running, set } from "./vmx-file.ts";

export function savedState(vmx: string): string {
  return read(vmx).get("checkpoint.vmstate") ?? "";
}

export function suspend(vmx: string): boolean {
  if (!running().includes(vmx)) return false;
  const stem = `${basename(vmx, ".vmx")}-1a2b3c4d`;
  for (const end of ["vmss", "vmem"]) writeFileSync(join(dirname(vmx), `${stem}.${end}`), "memory");
  ended(vmx);
  set(vmx, { "checkpoint.vmState": `${stem}.vmss` });
  return true;
}

/** False when the file of its memory is not there. A machine that is not suspended just starts. */
export function resume(vmx: string): boolean {
  const saved = savedState(vmx);
  if (saved === "") return true;
  if (!existsSync(beside(vmx, saved))) return false;
  const isSnapshots = read(vmx).get("checkpoint.vmstate.readonly") === "TRUE";
  for (const name of isSnapshots ? [] : [saved, saved.replace(/vmss$/, "vmem")]) rmSync(beside(vmx, name));
  set(vmx, { "checkpoint.vmState": "", "checkpoint.vmState.readOnly": null });
  return true;
}

type Kept = { readonly name: string; readonly memory: boolean };

function kept(vmx: string): (Kept & { readonly file: string })[] {
  const files = readdirSync(dirname(vmx)).filter((file) => file.endsWith(".vmsn"));
  return files.sort().map((file) => ({ file, ...(JSON.parse(readFileSync(beside(vmx, file), "utf8")) as Kept) }));
}

export function listSnapshots(vmx: string): string[] {
  return kept(vmx).map(({ name }) => name);
}

export function takeSnapshot(vmx: string, name: string): void {
  const file = `${basename(vmx, ".vmx")}-Snapshot${kept(vmx).length + 1}.vmsn`;
  writeFileSync(beside(vmx, file), JSON.stringify({ name, memory: running().includes(vmx) || savedState(vmx) !== "" }));
}

/** Of a machine that ran, Workstation makes a suspended one. */
export function revert(vmx: string, name: string): boolean {
  const found = kept(vmx).find((one) => one.name === name);
  if (found === undefined) return false;
  const state = found.memory
    ? { "checkpoint.vmState": found.file, "checkpoint.vmState.readOnly": "TRUE" }
    : { "checkpoint.vmState": "", "checkpoint.vmState.readOnly": null };
  set(vmx, state);
  return true;
}
