import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import type { WireNetwork } from "../../api/types.ts";
import { TarrError } from "../../error.ts";
import { firstNetwork, interfaceName, parseNetworkName, printable } from "../../model/names.ts";
import { providerNames, providerTraits } from "../../model/machine.ts";
import { pairOf } from "../../model/pairs.ts";
import { vmnetOf } from "../../model/vmware-networking.ts";
import type { RecipeKind } from "../../providers/recipes/recipes.ts";
import { isRecipeKind, recipe, recipeKinds } from "../../providers/recipes/recipes.ts";
import type { Context } from "../command.ts";

/** On the first switch there is a tap for everybody; on others only ports have one. */
const switchOfTap0 = "vswitch0";
/** Machines of these are put on a tap; all others join the switch by its own name, or by an interface of their own. */
const tapKinds: ReadonlySet<RecipeKind> = new Set([
  "qemu",
  "virtualbox",
  "libvirt",
  "libvirt-session",
  "libvirt-system",
]);
const vmwareNetworking = "/etc/vmware/networking";

/** The exact recipe for joining a machine of this kind by hand, with the real names of this host. */
export async function printRecipe(kind: string, context: Context): Promise<number> {
  if (!isRecipeKind(kind)) {
    throw new TarrError("recipe-unknown", { value: printable(kind), known: recipeKinds.join(", ") });
  }
  const network = await findNetwork(context);
  const { name, switch: on, address, domain } = network;
  const names = {
    ...{ network: name, switch: on, address, domain, mac: null },
    tap: tapKinds.has(kind) ? await tapOf(kind, network, context) : "tap0",
    user: userInfo().username,
    vmnet: vmnetOf(
      await readFile(vmwareNetworking, "utf8").catch(() => ""),
      pairOf("vmware", interfaceName(on)).interface,
    ),
  };
  const printed = recipe({ kind, language: context.language, names });
  context.print(context.json ? JSON.stringify({ kind, recipe: printed }) : printed);
  return 0;
}

async function findNetwork(context: Context): Promise<WireNetwork> {
  const wanted = parseNetworkName(context.option("network") ?? firstNetwork);
  const { networks } = await context.call("GetStatus", {});
  const network = networks.find((one) => one.name === wanted);
  if (network !== undefined) return network;
  throw new TarrError("network-unknown", { network: wanted, known: networks.map((one) => one.name).join(", ") });
}

/** @throws TarrError `recipe-needs-port` */
async function tapOf(kind: RecipeKind, { name, switch: on }: WireNetwork, context: Context): Promise<string> {
  if (on === switchOfTap0) return "tap0";
  const { ports } = await context.call("ListPorts", {});
  const own = ports.find(
    (port) => port.network === name && port.uid === process.getuid?.() && port.state === "down" && hasTap(port.kind),
  );
  if (own !== undefined) return own.interface;
  throw new TarrError("recipe-needs-port", { network: name, provider: kind === "virtualbox" ? kind : "qemu" });
}

function hasTap(kind: string): boolean {
  const provider = providerNames.find((one) => one === kind);
  return provider !== undefined && providerTraits[provider].joins === "tap";
}
