import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/**
 * What the stand-ins know of a .vmx, read in a way of their own: a mistake of the provider's reader is not repeated here.
 * Bytes are characters.
 */
export function read(vmx: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of readFileSync(vmx, "latin1").split(/\r?\n/)) {
    const sign = line.indexOf("=");
    if (line.startsWith("#") || sign < 0) continue;
    const key = line.slice(0, sign).trim().toLowerCase();
    const value = line.slice(sign + 1).trim();
    found.set(key, value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value);
  }
  return found;
}

/** As VMware does when a machine starts and ends: keys of its own are added, and the file is written anew. */
export function set(vmx: string, values: Readonly<Record<string, string | null>>): void {
  const lines = readFileSync(vmx, "latin1")
    .split("\n")
    .filter((line) => line !== "");
  for (const [key, value] of Object.entries(values)) {
    const at = lines.findIndex((line) => line.toLowerCase().replaceAll(" ", "").startsWith(`${key.toLowerCase()}=`));
    if (value === null) {
      if (at >= 0) lines.splice(at, 1);
    } else if (at >= 0) lines[at] = `${key} = "${value}"`;
    else lines.push(`${key} = "${value}"`);
  }
  writeFileSync(vmx, `${lines.join("\n")}\n`, "latin1");
}

const home = process.env["HOME"] ?? "/nonexistent";
const list = join(home, ".stand-in", "running");

export function running(): string[] {
  return existsSync(list)
    ? readFileSync(list, "utf8")
        .split("\n")
        .filter((line) => line !== "")
    : [];
}

export function setRunning(paths: readonly string[]): void {
  mkdirSync(dirname(list), { recursive: true });
  writeFileSync(list, paths.map((path) => `${path}\n`).join(""));
}

/** The machine has ended: VMware writes its settings, as they were when it started, and lets go of the file. */
export function ended(vmx: string): void {
  setRunning(running().filter((path) => path !== vmx));
  if (!existsSync(vmx)) return;
  set(vmx, { cleanShutdown: "TRUE" });
  rmSync(`${vmx}.lck`, { recursive: true, force: true });
}

/** Relative names in a .vmx are of files beside it. */
export function beside(vmx: string, name: string): string {
  return resolve(dirname(vmx), name);
}
