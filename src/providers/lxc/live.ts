import { readFile } from "node:fs/promises";
import type { Argv } from "../../host/command.ts";
import { run } from "../../host/command.ts";
import { isMac } from "../../model/names.ts";
import type { NicSettings } from "./config.ts";
import { firstProcess } from "./containers.ts";
import type { Container } from "./files.ts";
import { nicProgram } from "./files.ts";

/** The new card's name until the old one is gone. */
const draftName = "tarr-new";

type Change = { readonly nic: number; readonly before: NicSettings; readonly after: NicSettings };

/**
 * Changes a card of a running container as one changes a card of a running computer: the old one is taken out, a new one
 * with the same name and the wanted MAC is put in. The new one is made first: if LXC refuses it, nothing has happened.
 *
 * @returns whether it is so; else it is at the next start
 */
export async function changeLive(container: Container, { nic, before, after }: Change): Promise<boolean> {
  const first = await firstProcess(container);
  if (first === null || (after.link !== null && after.type !== "veth")) return false;
  const inside = await networkOf(first);
  const [oldName, newName] = [before.name ?? `eth${nic}`, after.name ?? `eth${nic}`];
  if (after.link !== null) {
    const { path, name } = container;
    const made = await run([nicProgram, "create", path, name, String(first), "veth", after.link, draftName]);
    if (made.code !== 0) return false;
  }
  const isThere = await inside("link", "show", "dev", oldName);
  const removed = isThere ? await inside("link", "delete", "dev", oldName) : true;
  if (after.link === null) return removed;
  const address = after.mac !== null && isMac(after.mac) ? ["address", after.mac] : [];
  const named = removed && (await inside("link", "set", "dev", draftName, "name", newName, ...address));
  if (named) return inside("link", "set", "dev", newName, "up");
  await inside("link", "delete", "dev", draftName);
  return false;
}

/**
 * ip(8) of the host in a container's network. The user may do there what the container's root may, but a program keeps
 * that right only as root: with a map of one id the user is root already, and may not change groups.
 *
 * @returns what runs it and tells whether it succeeded
 */
async function networkOf(first: number): Promise<(...words: readonly string[]) => Promise<boolean>> {
  const groups = await readFile(`/proc/${first}/setgroups`, "utf8").catch(() => "");
  const asRoot = groups.trim() === "deny" ? ["--preserve-credentials"] : ["-S", "0", "-G", "0"];
  const enter: Argv = ["nsenter", "-t", String(first), "-U", "-n", ...asRoot];
  return async (...words) => (await run([...enter, "ip", ...words])).code === 0;
}
