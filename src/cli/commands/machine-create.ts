import type { WirePort } from "../../api/types.ts";
import { TarrError } from "../../error.ts";
import type { Machine, Plug } from "../../model/machine.ts";
import type { MachineName } from "../../model/names.ts";
import {
  firstNetwork,
  interfaceName,
  isMac,
  isPortId,
  parseMachineName,
  parseNetworkName,
  printable,
} from "../../model/names.ts";
import type { Provider } from "../../providers/provider.ts";
import { claimFolder, removeFolder, writeMachine } from "../../providers/records.ts";
import { chooseProvider, parseProviderName } from "../../providers/registry.ts";
import type { Context, Run } from "../command.ts";
import { machineViews } from "../machines.ts";
import { ensureImage } from "./image.ts";
import { refuseRoot, startAndWait } from "./machine.ts";

const usualMemory = 128;

/** Makes a machine: its image, its port, its files; and starts it when asked. What fails leaves nothing behind. */
export const create: Run = async (context) => {
  refuseRoot();
  const name = parseMachineName(context.argument("name"));
  const image = context.option("image") ?? "tiny";
  const wanted = context.option("provider");
  const provider = await chooseProvider(wanted === undefined ? null : parseProviderName(wanted));
  const memory = parseMemory(context.option("memory"));
  const network = parseNetworkName(context.option("network") ?? firstNetwork);
  await claimFolder(name);
  const machine = await undoing(
    () => removeFolder(name),
    async () => {
      await ensureImage(image, context);
      return build({ name, image, memory, network, provider }, context);
    },
  );
  context.note(context.say("machine-created", { name, provider: provider.features.name }));
  if (context.flag("start")) await startAndWait(machine, context);
  if (context.json) {
    const machines = await machineViews(context.call);
    context.print(JSON.stringify({ machine: machines.find((one) => one.name === name) }));
  }
  return 0;
};

type Order = Omit<Machine, "provider" | "port"> & { readonly provider: Provider; readonly name: MachineName };

async function build(order: Order, context: Context): Promise<Machine> {
  const { name, network, provider, image, memory } = order;
  const { port } = await context.call("CreatePort", { network, name, kind: provider.features.name });
  return undoing(
    () => context.call("DeletePort", { id: port.id }),
    async () => {
      const machine: Machine = { name, provider: provider.features.name, image, memory, network, port: plugOf(port) };
      await provider.create(machine);
      return undoing(
        () => provider.delete(machine),
        async () => {
          await writeMachine(machine);
          return machine;
        },
      );
    },
  );
}

/** What the service answered, as a provider needs it. */
export function plugOf(port: WirePort): Plug {
  if (!isPortId(port.id) || !isMac(port.mac)) throw new TarrError("bug", { reason: `port ${port.id} ${port.mac}` });
  return { id: port.id, interface: interfaceName(port.interface), switch: interfaceName(port.switch), mac: port.mac };
}

/** Runs `work`; when it fails runs `undo` too, and tells what failed first. */
export async function undoing<T>(undo: () => Promise<unknown>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await undo().catch(() => undefined);
    throw error;
  }
}

function parseMemory(text: string | undefined): number {
  if (text === undefined) return usualMemory;
  const value = Number(text);
  if (!/^\d{2,6}$/.test(text) || value < 64) {
    throw new TarrError("memory-invalid", { value: printable(text) });
  }
  return value;
}
