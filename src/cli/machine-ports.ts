import type { WirePort } from "../api/types.ts";
import { TarrError } from "../error.ts";
import type { Machine, Nic } from "../model/machine.ts";
import { isNics, plainName, providerTraits } from "../model/machine.ts";
import { answeringName } from "../model/machine-names.ts";
import type { MachineState } from "../model/machine.ts";
import { portNameFor } from "../model/port-name.ts";
import { writeMachine } from "../providers/records.ts";
import { loadProvider } from "../providers/registry.ts";
import { plugOf, undoing } from "./build.ts";
import type { Context } from "./command.ts";
import { releaseLeft } from "./left-ports.ts";
import { calledIn } from "./own-machines.ts";
import { whole } from "./whole.ts";

/** What the service says of a MAC address that a new port cannot have. */
const macRefusals: ReadonlySet<string> = new Set(["mac-taken", "mac-elsewhere", "mac-unusable", "mac-refused"]);

/** The cards whose port is gone: with the package, when it was purged, or by the hand of an administrator. */
export function lostCards({ nics }: Pick<Machine, "nics">, ports: readonly Pick<WirePort, "id">[]): readonly Nic[] {
  return nics.filter(({ port }) => !ports.some((one) => one.id === port.id));
}

/** Whether the machine's cards are only written down, so that they can be put on other ports. */
export function cardsAreFree({ provider }: Machine, state: MachineState): boolean {
  return state === "stopped" || (state === "paused" && providerTraits[provider].paused === "on-disk");
}

/**
 * Gives each card whose port is gone a new one: with its MAC if that can be had, and under the machine's name.
 *
 * @returns the machine as it is written down now
 * @throws TarrError `machine-network-gone`, and what the service says to a new port
 */
export async function withPorts(machine: Machine, context: Context): Promise<Machine> {
  const { ports } = await context.call("ListPorts", {});
  const lost = lostCards(machine, ports);
  return lost.length === 0 ? machine : whole(() => replacePorts(machine, lost, context));
}

async function replacePorts(machine: Machine, lost: readonly Nic[], context: Context): Promise<Machine> {
  // What a command left that was killed in here has the name. On other networks it may be that of a machine which is being
  // made by another lab.
  const networks = new Set<string>(lost.map(({ network }) => network));
  for (const name of new Set([plainName(machine), machine.name])) await releaseLeft(name, context, networks);
  const made = new Map<Nic, WirePort>();
  const release = async () => {
    for (const { id } of made.values()) await context.call("DeletePort", { id });
  };
  const after = await undoing(release, async () => {
    for (const nic of lost) made.set(nic, await newPort(machine, nic, context));
    const nics = machine.nics.map((nic) => {
      const port = made.get(nic);
      return port === undefined ? nic : { network: nic.network, port: plugOf(port) };
    });
    if (!isNics(nics)) throw new TarrError("bug", { reason: `${nics.length} network cards` });
    const moved: Machine = { ...machine, nics, madeAt: machine.madeAt ?? machine.nics[0].port.id };
    await rewire(moved, new Set(lost.map((nic) => machine.nics.indexOf(nic))));
    await writeMachine(moved);
    return moved;
  });
  const name = await calledIn(context, machine);
  for (const [nic, port] of made) tell(nic, port, { name, context });
  return after;
}

/** A hypervisor with settings of its own is told; QEMU is given the ports at each start. */
async function rewire(machine: Machine, cards: ReadonlySet<number>): Promise<void> {
  const provider = await loadProvider(machine.provider);
  if (!provider.features.keepsList) return;
  const native = (await provider.machines([machine.name])).find((one) => one.name === machine.name);
  if (native === undefined) return;
  for (const [index, { port }] of machine.nics.entries()) {
    if (cards.has(index)) await provider.rewire({ machine: native, nic: index + 1 }, { port });
  }
}

async function newPort(machine: Machine, nic: Nic, context: Context): Promise<WirePort> {
  const { name, lab, provider } = machine;
  const { network } = nic;
  const { ports } = await context.call("ListPorts", {});
  const taken = new Set(ports.filter((port) => port.network === network).map((port) => port.name));
  const isFirst = machine.nics.find((one) => one.network === network) === nic;
  const wanted =
    lab !== undefined && isFirst ? answeringName({ name, lab }, taken) : portNameFor(plainName(machine), taken);
  const order = { network, name: wanted, kind: provider, host: null };
  try {
    return (await context.call("CreatePort", { ...order, mac: nic.port.mac })).port;
  } catch (error) {
    if (!(error instanceof TarrError)) throw error;
    if (error.code === "network-unknown") throw new TarrError("machine-network-gone", { name, network }, error);
    if (!macRefusals.has(error.code)) throw error;
    return (await context.call("CreatePort", { ...order, mac: null })).port;
  }
}

type Telling = { readonly name: string; readonly context: Context };

function tell({ network, port: former }: Nic, port: WirePort, { name, context }: Telling): void {
  const values = { name, network, port: port.id, address: port.reserved === "" ? "–" : port.reserved };
  context.note(context.say("machine-port-new", values));
  if (port.mac === former.mac) return;
  context.note(context.say("machine-port-mac", { name, mac: port.mac, former: former.mac }));
}
