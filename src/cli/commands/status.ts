import { hasMachines } from "../../providers/folders.ts";
import type { Reply } from "../../api/types.ts";
import type { Advise } from "../render/status.ts";
import type { Context, Run } from "../command.ts";
import type { MachineView } from "../machine-view.ts";
import { pictureOf } from "../render/status.ts";
import { mayHaveColours } from "../../runtime/output.ts";

/** A picture of the user's lab. */
export const status: Run = async (context) => {
  const asked = context.call("GetStatus", {});
  if (context.flag("prometheus")) {
    const { prometheus } = await import("../render/prometheus.ts");
    context.print(prometheus(await asked));
    return 0;
  }
  const [reply, machines] = await Promise.all([asked, views(context)]);
  if (context.json) {
    const { version, networks, pending, problem, trial, undone } = reply;
    context.print(JSON.stringify({ version, networks, machines, pending, problem, trial, undone }));
    return 0;
  }
  const { paint, show } = await colours();
  const advise = await adviser(reply, context);
  for (const line of pictureOf(reply, machines, { context, paint, advise })) context.print(show(line));
  return 0;
};

/** Who reads is asked for only where there is a hint to give. */
async function adviser(reply: Reply<"GetStatus">, context: Context): Promise<Advise> {
  if (reply.networks.every(({ clash }) => clash === null)) return (_, hint) => hint;
  const { hintFor, readerOf } = await import("../render/hint.ts");
  const reader = await readerOf(context, { status: reply });
  return (network, hint) => hintFor(reader, { hint, network }, context);
}

const plain = { paint: (_: string, word: string) => word, show: (line: string) => line };

/** Whether this is a terminal costs more to find out than the rest of the command: the environment may say no at once. */
async function colours(): Promise<typeof plain> {
  if (!mayHaveColours()) return plain;
  const { hasColour, paintState, withColour } = await import("../render/colour.ts");
  return hasColour(process.env) ? { paint: paintState, show: withColour } : plain;
}

async function views({ call }: Context): Promise<readonly MachineView[]> {
  return hasMachines() ? (await import("../machines.ts")).machineViews(call) : [];
}
