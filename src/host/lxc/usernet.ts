import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { UsernetLine } from "../../model/usernet.ts";
import { isUsernetLogin, parseUsernet, renderUsernet } from "../../model/usernet.ts";
import { run } from "../command.ts";

/** What lxc-user-nic(1) reads; no package ships it. */
const usernetPath = "/etc/lxc/lxc-usernet";
/** The service may run here; what is not a small regular file is not its doing, or not well meant. */
const mostBytes = 1024 * 1024;

/**
 * Lets users plug their containers into our switches. Runs as root, from the unit tarr-steps-usernet.service.
 *
 * @param path what the service wrote; a file that is missing lets nobody, which is how the lines are taken back
 */
export async function keepUsernet(path: string): Promise<number> {
  const found = await readWanted(path);
  if (found === null) return 1;
  const text = await readFile(usernetPath, "utf8").catch(() => "");
  const wanted = renderUsernet(text, found.lines, found.isWhole);
  if (wanted === text) return 0;
  // A file that held nothing but our lines was made by us.
  if (wanted === "") await rm(usernetPath, { force: true });
  else await replace(wanted);
  return 0;
}

type Found = { readonly lines: readonly UsernetLine[]; readonly isWhole: boolean };

async function readWanted(path: string): Promise<Found | null> {
  const found = await stat(path).catch(() => null);
  if (found === null) return { lines: [], isWhole: true };
  if (!found.isFile() || found.size > mostBytes) return null;
  const usernet = parseUsernet(await readFile(path, "utf8"));
  if (usernet === null) return null;
  const lines = await Promise.all(
    usernet.users.map(async ({ uid, switch: on, count }) => {
      const login = (await run(["id", "-un", `+${uid}`])).stdout.replace(/\n$/, "");
      if (login === "") return null;
      // Of a login with a blank, LXC would read the first word as another user's.
      return isUsernetLogin(login) ? [{ login, switch: on, count }] : [];
    }),
  );
  return { lines: lines.flatMap((line) => line ?? []), isWhole: !lines.includes(null) };
}

async function replace(text: string): Promise<void> {
  await mkdir(dirname(usernetPath), { recursive: true });
  const mode = (await stat(usernetPath).catch(() => null))?.mode ?? 0o644;
  const draft = `${usernetPath}.tarr-steps`;
  await writeFile(draft, text, { mode });
  await rename(draft, usernetPath);
}
