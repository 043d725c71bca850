import { hasMachines } from "../../providers/folders.ts";
import type { Context, Run } from "../command.ts";
import type { MachineView } from "../machine-view.ts";
import { pictureOf } from "../render/status.ts";

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
  for (const line of pictureOf(reply, machines, context)) context.print(line);
  return 0;
};

async function views({ call }: Context): Promise<readonly MachineView[]> {
  return hasMachines() ? (await import("../machines.ts")).machineViews(call) : [];
}
