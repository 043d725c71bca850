import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { CommandResult } from "../../host/command.ts";
import { commandFailure, run } from "../../host/command.ts";
import { vboxmanage } from "./argv.ts";

/** VirtualBox's service may have to be started first, and a slow disk's file to be written. */
const timeout = 180_000;
/** What passes by itself, and how long it may take, in milliseconds. */
const passing: readonly (readonly [RegExp, number])[] = [
  // The process of a machine ends: then even `showvminfo` fails, and on a busy computer it takes longer than 15 s.
  [/The object is not ready/, 60_000],
  // Another program holds the machine: the window of VirtualBox may do so for as long as it is open.
  [/already locked|being locked or unlocked|VBOX_E_INVALID_OBJECT_STATE/, 15_000],
];

/** How long what failed so may be tried again; 0 when it fails for good. */
export function patienceWith(stderr: string): number {
  return passing.find(([words]) => words.test(stderr))?.[1] ?? 0;
}

/**
 * Under LC_ALL=C VBoxManage ends with VERR_NO_TRANSLATION at the first name that is not ASCII; this locale is as English
 * and always there. The folder of the user's settings is where their window of VirtualBox has it.
 */
function environment(): Record<string, string> {
  const env: Record<string, string> = { LC_ALL: "C.UTF-8" };
  for (const name of ["VBOX_USER_HOME", "XDG_CONFIG_HOME"]) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** Whether this user ever had VirtualBox. Asking VBoxManage instead would make the folder, and start a service. */
export function wasUsed(): boolean {
  const config = process.env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config");
  const folders = [process.env["VBOX_USER_HOME"], join(config, "VirtualBox"), join(homedir(), ".VirtualBox")];
  return folders.some((folder) => folder !== undefined && existsSync(join(folder, "VirtualBox.xml")));
}

/** @throws TarrError `command-missing` when VirtualBox is not installed; a failure is a result */
export function ask(args: readonly string[]): Promise<CommandResult> {
  return run(vboxmanage(...args), { env: environment(), timeout });
}

/** Runs a command that must succeed, again while something else holds the machine. @throws TarrError `command-failed` */
export async function manage(args: readonly string[]): Promise<string> {
  const begun = performance.now();
  for (;;) {
    const result = await ask(args);
    if (result.code === 0) return result.stdout;
    const waited = performance.now() - begun;
    if (waited >= patienceWith(result.stderr)) throw commandFailure(vboxmanage(...args), result);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
