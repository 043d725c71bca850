import type { Run } from "../command.ts";

/** A picture of the user's lab. What draws it is loaded while the service looks. */
export const status: Run = async (context) => {
  const asked = context.call("GetStatus", {});
  // It is awaited below; an error that comes earlier is nobody's until then.
  asked.catch(() => undefined);
  // Loading would keep the question from being sent.
  await new Promise((resolve) => setTimeout(resolve, 0));
  if (context.flag("prometheus")) {
    const { prometheus } = await import("../render/prometheus.ts");
    context.print(prometheus(await asked));
    return 0;
  }
  const [{ machineViews }, { pictureOf }] = await Promise.all([
    import("../machines.ts"),
    import("../render/status.ts"),
  ]);
  const [reply, machines] = await Promise.all([asked, machineViews(context.call)]);
  if (context.json) {
    const { version, networks, pending, problem, trial, undone } = reply;
    context.print(JSON.stringify({ version, networks, machines, pending, problem, trial, undone }));
    return 0;
  }
  for (const line of pictureOf(reply, machines, context)) context.print(line);
  return 0;
};
