import { TarrError } from "../../error.ts";
import { firstNetwork, parseNetworkName, printable } from "../../model/names.ts";
import { recipe, recipeKinds } from "../../providers/recipes/recipes.ts";
import type { Context } from "../command.ts";

/** The exact recipe for joining a machine of this kind by hand, with the real names of this host. */
export async function printRecipe(text: string, context: Context): Promise<number> {
  const kind = recipeKinds.find((one) => one === text);
  if (kind === undefined) {
    throw new TarrError("recipe-unknown", { value: printable(text), known: recipeKinds.join(", ") });
  }
  const wanted = parseNetworkName(context.option("network") ?? firstNetwork);
  const { networks } = await context.call("GetStatus", {});
  const network = networks.find((one) => one.name === wanted);
  if (network === undefined) {
    throw new TarrError("network-unknown", { network: wanted, known: networks.map((one) => one.name).join(", ") });
  }
  const { switch: on, address, domain, name } = network;
  const names = {
    network: name,
    switch: on,
    address,
    domain,
    tap: "tap0",
    mac: null,
    user: process.env["USER"] ?? "",
    vmnet: null,
  };
  const printed = recipe({ kind, language: context.language, names });
  context.print(context.json ? JSON.stringify({ kind, recipe: printed }) : printed);
  return 0;
}
