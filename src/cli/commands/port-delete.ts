import { TarrError } from "../../error.ts";
import type { Run } from "../command.ts";
import { useOf } from "../left-ports.ts";
import { findPort } from "./port.ts";

/** For what a command left that was killed before it wrote down whose the port is. */
export const remove: Run = async (context) => {
  const port = await findPort(context);
  const { id, name } = port;
  // An administrator's may: but whether another user's machine has it, only that user's records tell.
  if (port.uid !== process.getuid?.()) throw new TarrError("denied-owner", { name });
  const use = await useOf(port);
  if (use !== null) throw use;
  await context.call("DeletePort", { id });
  context.print(context.json ? JSON.stringify({ deleted: id }) : context.say("port-deleted", { port: id, name }));
  return 0;
};
