import type { WireNetwork, WirePort } from "../../api/types.ts";
import { TarrError } from "../../error.ts";
import type { MadeMachine } from "../../labs/plan.ts";
import { madeName } from "../../labs/plan.ts";
import { madeAt, mostNics, providerNames } from "../../model/machine.ts";
import type { NetworkName } from "../../model/names.ts";
import { freeFolder, readMachine } from "../../providers/records.ts";
import type { Context } from "../command.ts";
import { useOf } from "../left-ports.ts";
import type { Work } from "./furnish.ts";
import { macOfCard } from "./furnish.ts";

/** A lab of which something may be left. */
export type Killed = Pick<Work, "record" | "context"> & {
  /** `machines`: those of the file, where there is one. */
  readonly lab: { readonly name: Work["lab"]["name"]; readonly machines: readonly Pick<MadeMachine, "name">[] };
};

/**
 * What a command on this lab left that was killed (SIGKILL, power) while it made something: a network or a machine of
 * which the record says no more than that it was to be made, and ports that no machine has. Without this they would be
 * foreign to the lab. Whoever calls holds the lab's lock, so that no such command is still at work.
 *
 * @returns whether anything was taken away
 */
export async function settleLeft(work: Killed): Promise<boolean> {
  const { networks, computer } = await work.context.call("GetStatus", {});
  await settleNetworks(work, networks);
  const lost = await settleMachines(work);
  const released = await releaseOf(work, computer);
  for (const one of lost) {
    await freeFolder(madeName(one));
    await work.record.forget(one.name, "machine");
  }
  return released + lost.length > 0;
}

/** One that is there and the user's own was made, and is the lab's. */
async function settleNetworks({ record, context }: Killed, there: readonly WireNetwork[]): Promise<void> {
  for (const one of record.made().networks.filter(({ half }) => half === true)) {
    const network = there.find(({ name }) => name === one.name);
    if (network !== undefined && network.uid === process.getuid?.()) {
      await record.add({ network: { ...one, half: false } });
      continue;
    }
    // The service may still be making it: it answers once it has.
    if (network === undefined) await deleteLate(one.name, context);
    await record.forget(one.name, "network");
  }
}

async function deleteLate(network: NetworkName, context: Context): Promise<void> {
  try {
    await context.call("DeleteNetwork", { network });
  } catch (error) {
    if (!(error instanceof TarrError) || !/^(?:network-unknown$|denied-)/.test(error.code)) throw error;
  }
}

/** @returns those that were killed before there was a machine's record */
async function settleMachines({ lab, record }: Killed): Promise<readonly MadeMachine[]> {
  const lost: MadeMachine[] = [];
  for (const one of record.made().machines.filter(({ port }) => port === "")) {
    const machine = await readMachine(madeName(one)).catch(() => null);
    const isOurs = machine?.lab?.lab === lab.name && machine.lab.machine === one.name;
    if (isOurs) await record.add({ machine: { ...one, port: madeAt(machine) } });
    else lost.push(one);
  }
  return lost;
}

/** By their MACs, which are made of the names of lab and machine: no other command makes such a port. @returns how many */
async function releaseOf({ lab, record, context }: Killed, computer: string): Promise<number> {
  const names = new Set([...lab.machines, ...record.made().machines].map(({ name }) => name));
  const macs = new Set(
    [...names].flatMap((machine) =>
      Array.from({ length: mostNics }, (_, index) =>
        providerNames.map((provider) => macOfCard({ lab: lab.name, machine, index }, provider, computer)),
      ).flat(),
    ),
  );
  const { ports } = await context.call("ListPorts", {});
  const isLabs = ({ uid, mac }: WirePort) => uid === process.getuid?.() && macs.has(mac.toLowerCase());
  let released = 0;
  for (const port of ports.filter(isLabs)) {
    if ((await useOf(port)) !== null) continue;
    await context.call("DeletePort", { id: port.id });
    released += 1;
  }
  return released;
}
