import { TarrError } from "../../error.ts";
import { mostNics } from "../../model/machine.ts";
import type { NetworkName } from "../../model/names.ts";
import { firstNetwork, parseMachineName, parseNetworkName, printable } from "../../model/names.ts";
import { claimFolder, refuseTaken, removeFolder } from "../../providers/records.ts";
import { parseProviderName } from "../../providers/registry.ts";
import { anyCard, build, undoing } from "../build.ts";
import type { Context, Run } from "../command.ts";
import { machineViews } from "../machines.ts";
import { providerFor, traitsOf } from "../image-of.ts";
import { whole } from "../whole.ts";
import { refuseDenied } from "../rights.ts";
import { parseMemory } from "../sizes.ts";
import { ensureImage } from "./image.ts";
import { refuseRoot, startAndWait } from "./machine.ts";

/** Makes a machine: its image, its port, its files; and starts it when asked. What fails leaves nothing behind. */
export const create: Run = async (context) => {
  refuseRoot();
  const name = parseMachineName(context.argument("name"));
  const image = context.option("image") ?? "tiny";
  const wanted = context.option("provider");
  const networks = parseNetworks(context);
  const typed = context.option("memory");
  const said = typed === undefined ? null : parseMemory(typed);
  const named = wanted === undefined ? null : parseProviderName(wanted);
  // Without the right to a port, or a hypervisor that can, nothing is begun.
  await refuseDenied(context);
  const before = await providerFor(image, named);
  await refuseTaken(name);
  const isNew = await ensureImage(image, context);
  const provider = isNew ? await providerFor(image, named) : before;
  const memory = said ?? (await traitsOf(image)).memory;
  // The name is taken now and not before: an image is built for minutes, and a build that is ended must not keep it.
  const machine = await whole(async () => {
    await claimFolder(name);
    return undoing(
      () => removeFolder(name),
      () => build({ name, image, memory, cards: networks.map(anyCard), provider }, context),
    );
  });
  context.note(context.say("machine-created", { name, provider: machine.provider }));
  if (context.flag("start")) await startAndWait(machine, context);
  if (context.json) {
    const machines = await machineViews(context.call);
    context.print(JSON.stringify({ machine: machines.find((one) => one.name === name) }));
  }
  return 0;
};

/** `--nic network=NAME`, once for each card, in the guest's order; `--network NAME` is short for the first. */
function parseNetworks(context: Context): readonly NetworkName[] {
  const short = context.option("network");
  const said = [
    ...(short === undefined ? [] : [parseNetworkName(short)]),
    ...context.values("nic").map((one) => parseNic(one, context)),
  ];
  if (said.length > mostNics) {
    throw new TarrError("nics-too-many", { count: String(said.length), most: String(mostNics) });
  }
  return said.length === 0 ? [firstNetwork] : said;
}

/** @throws TarrError `nic-syntax`, `name-invalid` */
function parseNic(text: string, context: Context): NetworkName {
  const [key, value, ...rest] = text.split("=");
  if (key !== "network" || value === undefined || value === "" || rest.length > 0) {
    throw new TarrError("nic-syntax", { value: printable(text), name: printable(context.argument("name")) });
  }
  return parseNetworkName(value);
}
