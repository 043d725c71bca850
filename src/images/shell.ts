import { quoted } from "../model/shell-word.ts";
import type { SeedFile } from "../model/machine.ts";

/** Puts files where they go; their contents lie as `file-0`, `file-1` in the folder `$here`. */
export function placingLines(files: readonly SeedFile[]): readonly string[] {
  return files.map(({ path, mode }, index) => `install -D -m ${modeOf(mode)} "$here/file-${index}" ${quoted(path)}`);
}

export function contentsOf(files: readonly SeedFile[]): readonly (readonly [name: string, content: string])[] {
  return files.map(({ content }, index) => [`file-${index}`, content]);
}

/** @param user a name that useradd(8) takes */
export function passwordLine(user: string, password: string): string {
  return `printf '%s:%s\\n' ${user} ${quoted(password)} | chpasswd`;
}

/** As chmod(1) takes it: `0644`. */
export function modeOf(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}
