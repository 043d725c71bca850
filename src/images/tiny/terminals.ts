import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Entry } from "./cpio.ts";

/** Terminals that people come from, and the machine's own consoles; ncurses programs refuse one that they do not know. */
const terminals = [
  ...["ansi", "dumb", "linux", "rxvt-unicode", "rxvt-unicode-256color", "screen", "screen-256color", "tmux"],
  ...["tmux-256color", "vt100", "vt102", "vt220", "xterm", "xterm-256color"],
];

/** Where Debian's ncurses-base, which every Debian has, keeps them: Debian 12, and later ones. */
const places = ["lib/terminfo", "usr/lib/terminfo", "usr/share/terminfo"];

export async function terminalEntries(root: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const name of terminals) {
    const below = `${name.charAt(0)}/${name}`;
    for (const place of places) {
      const data = await readFile(join(root, place, below)).catch(() => null);
      if (data === null) continue;
      entries.push({ type: "file", path: `usr/share/terminfo/${below}`, data });
      break;
    }
  }
  return entries;
}
