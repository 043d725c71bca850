import type { WirePort } from "../../api/types.ts";
import { TarrError } from "../../error.ts";
import type { Context, Run } from "../command.ts";
import { useOf } from "../left-ports.ts";
import { findPort } from "./port.ts";

/**
 * For what a command left that was killed before it wrote down whose the port is, and for administrators any port that
 * nobody uses now: a machine whose port is gone gets another one at its next start.
 */
export const remove: Run = async (context) => {
  const port = await findPort(context);
  const { id, name } = port;
  const use = port.uid === process.getuid?.() ? await useOf(port) : await useOfOthers(port, context);
  if (use !== null) throw use;
  await context.call("DeletePort", { id });
  context.print(context.json ? JSON.stringify({ deleted: id }) : context.say("port-deleted", { port: id, name }));
  return 0;
};

/** Which machine has it only its owner's records tell; whether one runs on it, the service. */
async function useOfOthers({ id, name, owner, state, cable }: WirePort, context: Context): Promise<TarrError | null> {
  const { mayAdminister } = await context.call("GetRights", {});
  if (!mayAdminister) return new TarrError("denied-owner", { name });
  // Behind a cable that is out nobody sees whether a machine runs.
  const isUsed = state === "up" || cable === "out";
  return isUsed ? new TarrError("port-used", { port: id, name, user: owner }) : null;
}
