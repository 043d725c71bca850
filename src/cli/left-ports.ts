import type { WirePort } from "../api/types.ts";
import { TarrError } from "../error.ts";
import type { MachineName } from "../model/names.ts";
import { printable } from "../model/names.ts";
import { listPlugged } from "../providers/plugs.ts";
import { listMachines } from "../providers/records.ts";
import type { Context } from "./command.ts";

/** Ports of the user's that no machine has: a command was killed before it wrote down whose they are. */

/** @throws TarrError `port-of-machine`, `port-of-card` */
export async function refuseUsed({ id }: Pick<WirePort, "id">): Promise<void> {
  const machine = (await listMachines()).find(({ nics }) => nics.some(({ port }) => port.id === id));
  if (machine !== undefined) throw new TarrError("port-of-machine", { port: id, name: machine.name });
  const plugged = (await listPlugged()).find(({ port }) => port.id === id);
  if (plugged === undefined) return;
  const name = `${plugged.provider}:${printable(plugged.machine)}`;
  throw new TarrError("port-of-card", { port: id, nic: String(plugged.nic), name });
}

/** With a name that is given back go the ports that were made under it. */
export async function releaseLeft(name: MachineName, context: Context): Promise<void> {
  const { ports } = await context.call("ListPorts", {});
  for (const port of ports.filter((one) => one.name === name && one.uid === process.getuid?.())) {
    const isLeft = await refuseUsed(port).then(
      () => true,
      () => false,
    );
    if (isLeft) await context.call("DeletePort", { id: port.id });
  }
}
