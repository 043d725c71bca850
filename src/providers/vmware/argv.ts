import type { Argv } from "../../host/command.ts";
import type { Changes } from "./vmx.ts";

/** What Workstation installs in /usr/bin. `-T ws`: Workstation, and not its old sibling Player. */
const vmrun = ["vmrun", "-T", "ws"] as const;

export function listArgv(): Argv {
  return [...vmrun, "list"];
}

export function startArgv(vmx: string, window: boolean): Argv {
  return [...vmrun, "start", vmx, window ? "gui" : "nogui"];
}

export function stopArgv(vmx: string, hard: boolean): Argv {
  return [...vmrun, "stop", vmx, hard ? "hard" : "soft"];
}

export function deleteArgv(vmx: string): Argv {
  return [...vmrun, "deleteVM", vmx];
}

export function snapshotListArgv(vmx: string): Argv {
  return [...vmrun, "listSnapshots", vmx];
}

export function snapshotArgv(
  command: "snapshot" | "revertToSnapshot" | "deleteSnapshot",
  vmx: string,
  name: string,
): Argv {
  return [...vmrun, command, vmx, name];
}

/** `vmrun listSnapshots`: "Total snapshots: 2", and a name on each line (vmrun's manual). */
export function parseSnapshots(output: string): readonly string[] {
  const lines = output.split(/\r?\n/).filter((line) => line.trim() !== "");
  const first = lines.findIndex((line) => /^Total snapshots: \d+$/.test(line.trim()));
  return first < 0 ? [] : lines.slice(first + 1);
}

/** One setting of a machine by vmcli (Workstation 17 and later), which speaks to the machine while it runs. */
export function settingArgvs(vmx: string, changes: Changes): Argv[] {
  return [...changes].map(([key, value]) => ["vmcli", vmx, "ConfigParams", "SetEntry", key, value ?? ""]);
}

/** `vmrun list`: "Total running VMs: 2", and the path of each .vmx. Null for anything else: then nothing is known. */
export function parseRunning(output: string): readonly string[] | null {
  const lines = output.split(/\r?\n/).filter((line) => line !== "");
  const first = lines.findIndex((line) => /^Total running VMs: \d+$/.test(line.trim()));
  return first < 0 ? null : lines.slice(first + 1).filter((line) => line.startsWith("/"));
}
