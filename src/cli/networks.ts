import { TarrError } from "../error.ts";
import type { Context } from "./command.ts";

/** `name`: as it is shown. `cards`: the first of them is the one by which the machine is reached. */
type Reached = { readonly name: string; readonly cards: readonly { readonly network: string }[] };

/**
 * Where a machine that runs has its address: on a stopped network it gets none, and answers nobody.
 *
 * @throws TarrError `machine-network-stopped`
 */
export async function requireNetwork({ name, cards }: Reached, context: Pick<Context, "call">): Promise<void> {
  const [first] = cards;
  if (first === undefined) return;
  const { networks } = await context.call("GetStatus", {});
  const network = networks.find((one) => one.name === first.network);
  if (network?.state === "down") throw new TarrError("machine-network-stopped", { name, network: network.name });
}
