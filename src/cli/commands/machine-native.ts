import { join } from "node:path";
import type { WirePort } from "../../api/types.ts";
import { TarrError } from "../../error.ts";
import { printable } from "../../model/names.ts";
import { dataFolder } from "../../providers/folders.ts";
import { shellWord } from "../../model/shell-word.ts";
import type { Context } from "../command.ts";
import { requireNetwork } from "../networks.ts";
import type { Native } from "../target.ts";
import { controlOf } from "../target.ts";

/** Starts a machine of the user's own. Whether and when it asks for its address is the guest's affair: nothing is waited for. */
export async function startNative(target: Native, context: Context): Promise<void> {
  const { name, provider, machine } = target;
  const shown = printable(name);
  if (machine.state === "running") {
    context.note(context.say("machine-runs", { name: shown, address: await addressWords(target, context) }));
    return;
  }
  const available = await provider.available();
  if (!available.usable) throw available.error;
  const window = context.flag("window");
  if (window && !provider.features.windows) {
    throw new TarrError("window-unsupported", { provider: provider.features.name, name: shellWord(shown) });
  }
  await controlOf(provider).start(machine, { window });
  context.note(context.say("machine-native-started", { name: shown, address: await addressWords(target, context) }));
  await requireNetwork({ name: shown, cards: target.plugged }, context);
}

export async function stopNative({ name, provider, machine }: Native, context: Context): Promise<void> {
  const shown = printable(name);
  if (machine.state === "stopped") {
    context.note(context.say("machine-stopped-already", { name: shown }));
    return;
  }
  context.note(context.say("machine-stopping", { name: shown }));
  await controlOf(provider).stop(machine, context.flag("hard"));
}

async function addressWords({ plugged }: Native, context: Context): Promise<string> {
  const [first] = plugged;
  if (first === undefined) return "–";
  const { ports } = await context.call("ListPorts", {});
  const port = ports.find((one) => one.id === first.port.id);
  return port?.address ?? (port?.reserved || "–");
}

/**
 * The port by which a machine of the user's own is reached.
 *
 * @throws TarrError `machine-stopped`, `machine-not-plugged`, `machine-unplugged`, `machine-network-stopped`
 */
export async function portOf({ name, provider, machine, plugged }: Native, context: Context): Promise<WirePort> {
  const values = { name: shellWord(name), machine: shellWord(`${provider.features.name}:${name}`) };
  if (machine.state !== "running") throw new TarrError("machine-stopped", values);
  const { ports } = await context.call("ListPorts", {});
  const port = ports.find((one) => plugged.some((card) => card.port.id === one.id));
  if (port === undefined) throw new TarrError("machine-not-plugged", values);
  if (port.cable === "out") throw new TarrError("machine-unplugged", { name: port.name });
  await requireNetwork({ name: values.name, cards: [port] }, context);
  return port;
}

export function addressAt(port: WirePort): string {
  const address = port.address ?? port.reserved;
  if (address === "") throw new TarrError("machine-no-address", { name: port.name });
  return address;
}

/** The list of known hosts that goes with a port of such a machine. */
export function knownHostsOf(port: Pick<WirePort, "id">): string {
  return join(dataFolder(), "plugs", `${port.id}.known_hosts`);
}
