import type { WirePort } from "../api/types.ts";
import { TarrError } from "../error.ts";
import type { LabPlace, Machine, Nic, Plug } from "../model/machine.ts";
import { isNics } from "../model/machine.ts";
import { answeringName } from "../model/machine-names.ts";
import type { MachineName, NetworkName } from "../model/names.ts";
import { interfaceName, isMac, isPortId } from "../model/names.ts";
import { portNameFor } from "../model/port-name.ts";
import type { Provider } from "../providers/provider.ts";
import { emptyFolder, writeMachine } from "../providers/records.ts";
import type { Context } from "./command.ts";
import type { Quotas } from "./sizes.ts";
import { withinQuota } from "./sizes.ts";

/** A network card that is wanted. `host: null` and `mac: null` take what the service gives. */
export type Card = {
  readonly network: NetworkName;
  readonly host: number | null;
  /** Whether no other host part will do. */
  readonly firm: boolean;
  readonly mac: string | null;
};

export function anyCard(network: NetworkName): Card {
  return { network, host: null, firm: false, mac: null };
}

export type Order = Omit<Machine, "provider" | "nics"> & {
  readonly provider: Provider;
  readonly cards: readonly Card[];
  /** Asked of the service when they are not given: whoever makes many machines asks once. */
  readonly quotas?: Quotas;
};

/**
 * Makes a machine in its folder, which is there: its ports, its record, its files. What fails leaves none of them.
 *
 * The record comes before the files: killed at any instant, what is left is a machine that can be deleted, and that says
 * itself that it is not whole.
 *
 * @param recorded called once there is the record, for what else must know of the machine from then on
 */
export async function build(
  order: Order,
  context: Context,
  recorded: (machine: Machine) => Promise<void> = () => Promise.resolve(),
): Promise<Machine> {
  const { quotas = await context.call("GetQuotas", {}), ...wanted } = order;
  const { provider } = wanted;
  const machine = await withinQuota(order.memory, quotas, () => record(wanted, context));
  return undoing(
    () => releaseAll(machine.nics, context),
    async () => {
      await recorded(machine);
      await undoing(
        () => provider.delete(machine),
        async () => {
          await provider.create(machine);
          await writeMachine(machine);
        },
      );
      return machine;
    },
  );
}

async function record({ provider, cards, ...rest }: Omit<Order, "quotas">, context: Context): Promise<Machine> {
  const nics = await makePorts({ ...rest, provider, cards }, context);
  return undoing(
    () => releaseAll(nics, context),
    async () => {
      if (!isNics(nics)) throw new TarrError("bug", { reason: `${nics.length} network cards` });
      const machine: Machine = { ...rest, provider: provider.features.name, nics };
      await writeMachine({ ...machine, unfinished: true });
      return machine;
    },
  );
}

type Wanted = Pick<Order, "name" | "lab" | "cards" | "provider">;

/** One after the other: the second card on a network has a name of its own there. */
async function makePorts(order: Wanted, context: Context): Promise<readonly Nic[]> {
  const made: WirePort[] = [];
  const nics: Nic[] = [];
  return undoing(
    () => releaseAll(nics, context),
    async () => {
      for (const card of order.cards) {
        const first = made.find(({ network }) => network === card.network);
        const name = first === undefined ? order.name : await otherName(first.name, card.network, context);
        const port =
          first === undefined && order.lab !== undefined
            ? await makeNamed(card, { ...order, lab: order.lab }, context)
            : await makePort(card, { name, kind: order.provider.features.name }, context);
        made.push(port);
        nics.push({ network: card.network, port: plugOf(port) });
      }
      return nics;
    },
  );
}

/** A machine of a lab answers to its name in the file, or, where another machine does on that network, to the next. */
async function makeNamed(
  card: Card,
  { name, lab, provider }: Omit<Wanted, "lab"> & { readonly lab: LabPlace },
  context: Context,
): Promise<WirePort> {
  const taken = new Set<string>();
  for (;;) {
    const wanted = answeringName({ name, lab }, taken);
    try {
      const port = await makePort(card, { name: wanted, kind: provider.features.name }, context);
      const { machine } = lab;
      const values = { name: machine, lab: lab.lab, as: wanted, network: card.network };
      if (wanted !== machine) context.note(context.say("lab-answers-as", values));
      return port;
    } catch (error) {
      if (!(error instanceof TarrError) || error.code !== "name-taken") throw error;
      taken.add(wanted);
    }
  }
}

/** A host part that is only preferred gives way to whoever has it. */
async function makePort(
  { network, host, firm, mac }: Card,
  who: { readonly name: string; readonly kind: string },
  context: Context,
): Promise<WirePort> {
  try {
    return (await context.call("CreatePort", { network, ...who, mac, host })).port;
  } catch (error) {
    const gives = error instanceof TarrError && ["host-taken", "host-unusable"].includes(error.code);
    if (host === null || firm || !gives) throw error;
    return (await context.call("CreatePort", { network, ...who, mac, host: null })).port;
  }
}

/** `r1-2`, or what else is free. */
async function otherName(name: string, network: NetworkName, context: Context): Promise<MachineName> {
  const { ports } = await context.call("ListPorts", {});
  return portNameFor(name, new Set(ports.filter((port) => port.network === network).map((port) => port.name)));
}

async function releaseAll(nics: readonly Nic[], context: Context): Promise<void> {
  for (const { port } of nics) await context.call("DeletePort", { id: port.id }).catch(() => undefined);
}

/** What the service answered, as a provider needs it. */
export function plugOf(port: WirePort): Plug {
  if (!isPortId(port.id) || !isMac(port.mac)) throw new TarrError("bug", { reason: `port ${port.id} ${port.mac}` });
  return { id: port.id, interface: interfaceName(port.interface), switch: interfaceName(port.switch), mac: port.mac };
}

/** All of a machine but its record, its ports and its name, as it was made. */
export async function rebuild({ unfinished, ...machine }: Machine, provider: Provider): Promise<void> {
  if (unfinished === undefined) await writeMachine({ ...machine, unfinished: true });
  await provider.delete(machine);
  await emptyFolder(machine.name);
  await provider.create(machine);
  await writeMachine(machine);
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
