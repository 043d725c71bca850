import type { WirePort } from "../api/types.ts";
import { TarrError } from "../error.ts";
import type { MachineName } from "../model/names.ts";
import { printable } from "../model/names.ts";
import { shellWord } from "../model/shell-word.ts";
import { listPlugged } from "../providers/plugs.ts";
import { listMachines } from "../providers/records.ts";
import type { Context } from "./command.ts";

/**
 * What has a port of the user's, as the reason why it stays; null for one that a command left which was killed before it
 * wrote down whose it is.
 */
export async function useOf({ id }: Pick<WirePort, "id">): Promise<TarrError | null> {
  const machine = (await listMachines()).find(({ nics }) => nics.some(({ port }) => port.id === id));
  if (machine !== undefined) return new TarrError("port-of-machine", { port: id, name: machine.name });
  const plugged = (await listPlugged()).find(({ port }) => port.id === id);
  if (plugged === undefined) return null;
  const name = `${plugged.provider}:${printable(plugged.machine)}`;
  return new TarrError("port-of-card", { port: id, nic: String(plugged.nic), name, machine: shellWord(name) });
}

/**
 * With a name that is given back go the ports that were made under it.
 *
 * @param networks where; without it everywhere
 */
export async function releaseLeft(name: MachineName, context: Context, networks?: ReadonlySet<string>): Promise<void> {
  const { ports } = await context.call("ListPorts", {});
  const own = ports.filter((one) => one.name === name && one.uid === process.getuid?.());
  for (const port of own.filter(({ network }) => networks?.has(network) ?? true)) {
    if ((await useOf(port)) === null) await context.call("DeletePort", { id: port.id });
  }
}
