import type { MachineName, NetworkName } from "../model/names.ts";
import type { Lab, LabMachine, LabNetwork } from "./lab.ts";

/** What a lab made on this computer, so that `down` takes that away and nothing else. */
export type Made = { readonly networks: readonly MadeNetwork[]; readonly machines: readonly MadeMachine[] };
/** `said`: what the file said of it then. */
export type MadeNetwork = { readonly name: NetworkName; readonly said: string };
/**
 * `port`: of its first card. A machine of that name at another port is another machine. `half`: while it is being
 * made; what a kill left so is made anew. `ready`: false until its first boot is over; neither is in records of before, of
 * machines that were made and waited for.
 */
export type MadeMachine = {
  readonly name: MachineName;
  readonly said: string;
  readonly port: string;
  readonly half?: boolean | undefined;
  readonly ready?: boolean | undefined;
};

/** What there is now, whoever made it. */
export type Present = {
  readonly networks: ReadonlySet<string>;
  readonly machines: ReadonlyMap<string, PresentMachine>;
};

export type PresentMachine = { readonly state: "running" | "stopped"; readonly port: string };

export type Reason = "missing" | "changed" | "unfinished" | "removed" | "stopped" | "asked";

/** One thing to do, and why. */
export type Action =
  | { readonly do: "create-network"; readonly name: NetworkName; readonly why: Reason; readonly network: LabNetwork }
  | { readonly do: "delete-network"; readonly name: NetworkName; readonly why: Reason }
  | { readonly do: "create-machine"; readonly name: MachineName; readonly why: Reason; readonly machine: LabMachine }
  | { readonly do: "start-machine"; readonly name: MachineName; readonly why: Reason; readonly machine: LabMachine }
  | { readonly do: "await-machine"; readonly name: MachineName; readonly why: Reason; readonly machine: LabMachine }
  | { readonly do: "delete-machine"; readonly name: MachineName; readonly why: Reason };

/** The name of what is there and was not made by the lab: it is never adopted. */
export type Foreign = { readonly kind: "machine" | "network"; readonly name: string };

export function findForeign(lab: Lab, made: Made, present: Present): readonly Foreign[] {
  const machines = lab.machines.filter(({ name }) => present.machines.has(name) && !isOurs(name, made, present));
  const networks = lab.networks.filter(
    ({ name }) => present.networks.has(name) && !made.networks.some((one) => one.name === name),
  );
  return [
    ...networks.map(({ name }): Foreign => ({ kind: "network", name })),
    ...machines.map(({ name }): Foreign => ({ kind: "machine", name })),
  ];
}

function isOurs(name: string, made: Made, present: Present): boolean {
  const there = present.machines.get(name);
  return there !== undefined && made.machines.some((one) => one.name === name && one.port === there.port);
}

/**
 * What makes the computer as the file says: what went away first, then networks, then machines in the file's order.
 * A machine that stands on a network which is made anew is made anew too.
 */
export function planUp(lab: Lab, made: Made, present: Present): readonly Action[] {
  const renewed = new Set(
    made.networks
      .filter(({ name, said }) => lab.networks.some((one) => one.name === name && saidOf(one) !== said))
      .map((one) => one.name),
  );
  const machines = made.machines.filter(({ name }) => isOurs(name, made, present));
  const gone = machines.filter(({ name }) => !lab.machines.some((one) => one.name === name));
  const changed = lab.machines.filter((machine) => {
    const before = machines.find((one) => one.name === machine.name);
    const moves = machine.nics.some(({ network }) => renewed.has(network));
    return before !== undefined && (moves || before.half === true || before.said !== saidOf(machine));
  });
  const whyAnew = (name: string): Reason =>
    machines.some((one) => one.name === name && one.half === true) ? "unfinished" : "changed";
  const there = made.networks.filter(({ name }) => present.networks.has(name));
  const unused = there.filter(({ name }) => renewed.has(name) || !lab.networks.some((one) => one.name === name));
  return [
    ...gone.map(({ name }): Action => ({ do: "delete-machine", name, why: "removed" })),
    ...changed.map(({ name }): Action => ({ do: "delete-machine", name, why: whyAnew(name) })),
    ...unused.map(({ name }): Action => ({
      ...{ do: "delete-network", name, why: renewed.has(name) ? "changed" : "removed" },
    })),
    ...lab.networks
      .filter(({ name }) => renewed.has(name) || !present.networks.has(name))
      .map((network): Action => ({
        ...{ do: "create-network", name: network.name, network },
        why: renewed.has(network.name) ? "changed" : "missing",
      })),
    ...lab.machines.flatMap((machine) => {
      const there = present.machines.get(machine.name);
      if (changed.includes(machine)) return makeAndStart(machine, whyAnew(machine.name));
      return there === undefined ? makeAndStart(machine, "missing") : bringUp(machine, there, machines);
    }),
  ];
}

function makeAndStart(machine: LabMachine, why: Reason): readonly Action[] {
  const { name } = machine;
  return [
    { do: "create-machine", name, why, machine },
    { do: "start-machine", name, why, machine },
  ];
}

/** A machine that runs is left alone, unless the command that started it ended before its first boot did. */
function bringUp(machine: LabMachine, { state }: PresentMachine, made: readonly MadeMachine[]): readonly Action[] {
  const { name } = machine;
  if (state === "stopped") return [{ do: "start-machine", name, why: "stopped", machine }];
  const isReady = made.find((one) => one.name === name)?.ready ?? true;
  return isReady ? [] : [{ do: "await-machine", name, why: "unfinished", machine }];
}

/** Takes away what the lab made and is still there: machines first, since a network with machines stays. */
export function planDown(made: Made, present: Present): readonly Action[] {
  return [
    ...made.machines
      .filter(({ name }) => isOurs(name, made, present))
      .map(({ name }): Action => ({ do: "delete-machine", name, why: "asked" })),
    ...made.networks
      .filter(({ name }) => present.networks.has(name))
      .map(({ name }): Action => ({ do: "delete-network", name, why: "asked" })),
  ];
}

/** Equal when the file says the same. The order of starting is no part of a machine. */
export function saidOf(part: LabMachine | LabNetwork): string {
  if (!("image" in part)) return JSON.stringify(part);
  const { name, image, provider, memory, nics, firstBoot } = part;
  return JSON.stringify({ name, image, provider, memory, nics, firstBoot });
}
