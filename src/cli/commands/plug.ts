import { readFile, rm } from "node:fs/promises";
import type { WirePort } from "../../api/types.ts";
import { TarrError } from "../../error.ts";
import type { ProviderName } from "../../model/machine.ts";
import { firstNetwork, parseMachineName, parseNetworkName, printable } from "../../model/names.ts";
import { shellWord } from "../../model/shell-word.ts";
import { portNameFor } from "../../model/port-name.ts";
import type { Plugged } from "../../providers/plugs.ts";
import { listPlugged, removePlugged, writePlugged } from "../../providers/plugs.ts";
import type { NativeMachine, Provider, Rewired } from "../../providers/provider.ts";
import { listMachines } from "../../providers/records.ts";
import { loadProvider, parseProviderName } from "../../providers/registry.ts";
import { plugOf, undoing } from "../build.ts";
import type { Context, Run } from "../command.ts";
import { whole } from "../whole.ts";
import { refuseRoot, releasePort } from "./machine.ts";
import { knownHostsOf } from "./machine-native.ts";
import { printRecipe } from "./plug-print.ts";

/** What was typed: a machine of a hypervisor's, and which of its network cards. */
type Order = {
  readonly provider: Provider;
  readonly name: string;
  readonly nic: number;
  /** What the card was before it was on a port that is gone. */
  readonly former?: Plugged["former"] | null;
};

/** Puts a machine that the user made in the hypervisor's own tool on a port, with its own MAC. */
export const plug: Run = async (context) => {
  const kind = context.option("print");
  if (kind !== undefined) return printRecipe(kind, context);
  refuseRoot();
  const order = await parseOrder("plug", context);
  await refuseOwn("plugged-own", order.provider, order.name);
  const available = await order.provider.available();
  if (!available.usable) throw available.error;
  const machine = await findNative(order);
  const provider = order.provider.features.name;
  const known = await pluggedBefore(provider, order, context);
  if (known !== null && known.port !== null) {
    const rewired = await order.provider.rewire({ machine, nic: order.nic }, { port: known.plugged.port });
    tellPlugged({ machine: machine.name, port: known.port, rewired }, context);
    return 0;
  }
  const told = await whole(() => plugIn(machine, { ...order, former: known?.plugged.former ?? null }, context));
  if (known !== null) await removePlugged(known.plugged);
  tellPlugged(told, context);
  return 0;
};

/** A port for one card, and the card on it. What fails leaves neither the port nor a word of it. */
export async function plugIn(machine: NativeMachine, order: Order, context: Context): Promise<Told> {
  const port = await makePort(machine, order, context);
  const plugged: Plugged = {
    provider: order.provider.features.name,
    machine: machine.name,
    nic: order.nic,
    network: parseNetworkName(port.network),
    port: plugOf(port),
    // QEMU's cards are found again by the port that they are on.
    former: {
      ...(order.former ?? nicOf(machine, order.nic)?.wiring),
      ...(order.provider.features.keepsList ? {} : { port: port.id }),
    },
  };
  const rewired = await undoing(
    async () => {
      await context.call("DeletePort", { id: port.id });
      await removePlugged(plugged);
    },
    async () => {
      // Written down before it is done: what a card was before is not to be forgotten, whatever happens now.
      await writePlugged(plugged);
      return order.provider.rewire({ machine, nic: order.nic }, { port: plugged.port });
    },
  );
  return { machine: machine.name, port, rewired };
}

/** Gives a card of such a machine back what it was attached to, and the port back to the switch. */
export const unplug: Run = async (context) => {
  refuseRoot();
  const { provider, name, nic } = await parseOrder("unplug", context);
  const own = (await listPlugged()).filter((one) => one.provider === provider.features.name && one.machine === name);
  const given = context.option("nic") !== undefined;
  const [plugged] = given ? own.filter((one) => one.nic === nic) : own;
  if (plugged === undefined) await refuseOwn("unplug-own", provider, name);
  if (plugged === undefined) throw new TarrError("plugged-not", { name: printable(name) });
  const machine = (await provider.machines([name])).find((one) => one.name === name) ?? unlisted(provider, name);
  // A machine that is no more has nothing to be given back.
  const rewired =
    machine === null
      ? null
      : await provider.rewire({ machine, nic: plugged.nic }, { former: plugged.former }).then(({ when }) => when);
  await releasePort(plugged.port.id, context);
  await removePlugged(plugged);
  await rm(knownHostsOf(plugged.port), { force: true });
  if (context.json)
    context.print(JSON.stringify({ unplugged: { provider: plugged.provider, name, nic: plugged.nic } }));
  context.note(context.say(rewired === "next-start" ? "unplugged-next" : "unplugged", { machine: name }));
  return 0;
};

/** The cards of machines that we made are on ports for as long as these exist. */
async function refuseOwn(code: "plugged-own" | "unplug-own", { features }: Provider, name: string): Promise<void> {
  const own = (await listMachines()).find((one) => one.provider === features.name && one.name === name);
  if (own === undefined) return;
  throw new TarrError(code, { name, ports: own.nics.map(({ port }) => port.id).join(", ") });
}

async function parseOrder(command: "plug" | "unplug", context: Context): Promise<Order> {
  const text = context.argument("machine");
  if (text === "") throw new TarrError("usage-missing-argument", { argument: "PROVIDER:MACHINE", command });
  const colon = text.indexOf(":");
  if (colon < 1 || colon === text.length - 1) {
    const machine = shellWord(printable(text.replaceAll(":", "") || "NAME"));
    throw new TarrError("machine-syntax", { value: printable(text), command, machine });
  }
  const number = context.option("nic") ?? "1";
  if (!/^[1-9]\d?$/.test(number)) throw new TarrError("nic-unknown", { value: printable(number) });
  const provider = await loadProvider(parseProviderName(text.slice(0, colon)));
  return { provider, name: text.slice(colon + 1), nic: Number(number) };
}

/** @throws TarrError `machine-not-there` */
async function findNative({ provider, name }: Order): Promise<NativeMachine> {
  const found = (await provider.machines([name])).find((one) => one.name === name) ?? unlisted(provider, name);
  if (found !== null) return found;
  const all = (await provider.machines()).map((one) => printable(one.name));
  throw new TarrError("machine-not-there", {
    provider: provider.features.name,
    name: printable(name),
    known: all.length === 0 ? "–" : all.join(", "),
  });
}

/** A hypervisor without a list of machines knows none that does not run. */
function unlisted(provider: Provider, name: string): NativeMachine | null {
  return provider.features.keepsList ? null : { name, state: "stopped", nics: [] };
}

function nicOf(machine: NativeMachine, nic: number) {
  return machine.nics.find((one) => one.number === nic);
}

/**
 * The port that a card has already, while nothing is on it: that of a QEMU which did not run when it was plugged, or which
 * was started without the arguments that it was told.
 *
 * @throws TarrError `plugged-already` for a card that is on its port, or keeps it in its hypervisor's settings
 */
async function pluggedBefore(provider: ProviderName, order: Order, context: Context) {
  const { name, nic } = order;
  const plugged = (await listPlugged()).find(
    (one) => one.provider === provider && one.machine === name && one.nic === nic,
  );
  if (plugged === undefined) return null;
  const { ports } = await context.call("ListPorts", {});
  const port = ports.find((one) => one.id === plugged.port.id);
  // Deleted, or gone with the package: the card gets another one, and keeps what it was before the first.
  if (port === undefined) return { plugged, port: null };
  const isFree = !order.provider.features.keepsList && !(await hasCarrier(port.interface));
  if (isFree) return { plugged, port };
  const machine = shellWord(`${provider}:${printable(name)}`);
  throw new TarrError("plugged-already", { machine, name: printable(name), nic: String(nic), port: port.id });
}

/** A tap has a carrier while a program has it open. */
async function hasCarrier(name: string): Promise<boolean> {
  return (await readFile(`/sys/class/net/${name}/carrier`, "utf8").catch(() => "")).trim() === "1";
}

async function makePort(machine: NativeMachine, order: Order, context: Context): Promise<WirePort> {
  const network = parseNetworkName(context.option("network") ?? firstNetwork);
  const wanted = context.option("name");
  const { ports } = await context.call("ListPorts", {});
  const taken = new Set(ports.filter((port) => port.network === network).map((port) => port.name));
  const name = wanted === undefined ? portNameFor(machine.name, taken) : parseMachineName(wanted);
  // What is hot-plugged into a QEMU is one card more, with a MAC of its own.
  const mac = order.provider.features.keepsList ? (nicOf(machine, order.nic)?.mac ?? null) : null;
  const { port } = await context.call("CreatePort", { network, name, kind: order.provider.features.name, mac });
  return port;
}

type Told = { readonly machine: string; readonly port: WirePort; readonly rewired: Rewired };

function tellPlugged({ machine, port, rewired }: Told, context: Context): void {
  const values = {
    machine: printable(machine),
    port: port.id,
    fqdn: port.fqdn,
    address: port.reserved === "" ? "–" : port.reserved,
  };
  const words = { now: "plugged-now", "next-start": "plugged-next", "by-hand": "plugged-by-hand" } as const;
  context.note(context.say(words[rewired.when], values));
  const argv = rewired.when === "by-hand" ? rewired.argv : [];
  if (context.json) context.print(JSON.stringify({ plugged: { machine, when: rewired.when, arguments: argv, port } }));
  else if (argv.length > 0) context.print(argv.join(" "));
}
