import type { WirePort } from "../../api/types.ts";
import { TarrError } from "../../error.ts";
import { printable } from "../../model/names.ts";
import { listPlugged } from "../../providers/plugs.ts";
import { listMachines } from "../../providers/records.ts";
import type { Run } from "../command.ts";
import { findPort } from "./port.ts";

/** For what a command left that was killed before it wrote down whose the port is. */
export const remove: Run = async (context) => {
  const port = await findPort(context);
  const { id, name } = port;
  // An administrator's may: but whether another user's machine has it, only that user's records tell.
  if (port.uid !== process.getuid?.()) throw new TarrError("denied-owner", { name });
  await refuseUsed(port);
  await context.call("DeletePort", { id });
  context.print(context.json ? JSON.stringify({ deleted: id }) : context.say("port-deleted", { port: id, name }));
  return 0;
};

/** @throws TarrError `port-of-machine`, `port-of-card` */
async function refuseUsed({ id }: WirePort): Promise<void> {
  const machine = (await listMachines()).find(({ nics }) => nics.some(({ port }) => port.id === id));
  if (machine !== undefined) throw new TarrError("port-of-machine", { port: id, name: machine.name });
  const plugged = (await listPlugged()).find(({ port }) => port.id === id);
  if (plugged === undefined) return;
  const name = `${plugged.provider}:${printable(plugged.machine)}`;
  throw new TarrError("port-of-card", { port: id, nic: String(plugged.nic), name });
}
