import type { Setting } from "../../model/network.ts";
import { parseSetting } from "../../model/network.ts";
import type { Run } from "../command.ts";

/** A network of the user's own, or with `--shared` one of the document's. */
export const create: Run = async (context) => {
  const said = (["address", "reach"] as const).flatMap((key): Setting[] => {
    const value = context.option(key);
    return value === undefined ? [] : [{ key, value }];
  });
  const { network, steps, left } = await context.call("CreateNetwork", {
    network: context.argument("network"),
    subnet: context.option("subnet") ?? null,
    settings: [...said, ...context.rest.map(parseSetting)],
    shared: context.flag("shared"),
  });
  const { name, address, switch: on, reach } = network;
  if (context.json) {
    context.print(JSON.stringify({ network, steps, left }));
    return 0;
  }
  context.print(context.say("network-created", { network: name, address, switch: on, reach }));
  for (const { service, port, holder } of left) {
    context.print(`! ${context.say(`left-${service}`, { network: name, port: String(port), holder })}`);
    context.print(`  → ${context.say("left-hint")}`);
  }
  return 0;
};

export const remove: Run = async (context) => {
  const network = context.argument("network");
  const { steps } = await context.call("DeleteNetwork", { network });
  if (context.json) context.print(JSON.stringify({ deleted: network, steps }));
  else context.print(context.say("network-deleted", { network }));
  return 0;
};
