import type { Run } from "../command.ts";

/** Keeps what is on trial. Whoever is cut off by it cannot type this: that is what it is for. */
export const confirm: Run = async (context) => {
  const { trial } = await context.call("Confirm", {});
  const { network, reach } = trial;
  context.print(context.json ? JSON.stringify({ confirmed: trial }) : context.say("confirmed", { network, reach }));
  return 0;
};
