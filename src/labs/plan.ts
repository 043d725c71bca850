import { freeName } from "../model/machine-names.ts";
import type { MachineName, NetworkName } from "../model/names.ts";
import type { Lab, LabMachine, LabNetwork } from "./lab.ts";

/** What a lab made on this computer, so that `down` takes that away and nothing else. */
export type Made = { readonly networks: readonly MadeNetwork[]; readonly machines: readonly MadeMachine[] };
/** `said`: what the file said of it then. `half`: while it is being made. */
export type MadeNetwork = { readonly name: NetworkName; readonly said: string; readonly half?: boolean | undefined };
/**
 * `name`: in the file. `as`: what it was made under, where that is another name. `port`: of its first card; empty until
 * there is one. A machine of that name at another port is another machine. `half`: while it is being made; what a kill left
 * so is made anew. `ready`: false until its first boot is over; neither is in records of before, of machines that were made
 * and waited for.
 */
export type MadeMachine = {
  readonly name: MachineName;
  readonly as?: MachineName | undefined;
  readonly said: string;
  readonly port: string;
  readonly half?: boolean | undefined;
  readonly ready?: boolean | undefined;
};

/** The name that no other machine of the user's has. */
export function madeName({ name, as }: Pick<MadeMachine, "name" | "as">): MachineName {
  return as ?? name;
}

/** What there is now, whoever made it. */
export type Present = {
  readonly networks: ReadonlySet<string>;
  /** By the names that no two of them have. */
  readonly machines: ReadonlyMap<string, PresentMachine>;
};

export type PresentMachine = { readonly state: "running" | "stopped"; readonly port: string };

export type Reason = "missing" | "changed" | "unfinished" | "removed" | "stopped" | "asked";

/** `name`: the machine's in the file. `as`: the one that no other machine of the user's has. */
type OfMachine = { readonly name: MachineName; readonly as: MachineName; readonly why: Reason };

/** One thing to do, and why. */
export type Action =
  | { readonly do: "create-network"; readonly name: NetworkName; readonly why: Reason; readonly network: LabNetwork }
  | { readonly do: "delete-network"; readonly name: NetworkName; readonly why: Reason }
  | (OfMachine & { readonly do: "create-machine" | "start-machine" | "await-machine"; readonly machine: LabMachine })
  | (OfMachine & { readonly do: "delete-machine" });

/** The networks that are there and were not made by the lab: they are never adopted. */
export function findForeign(lab: Lab, made: Made, present: Present): readonly NetworkName[] {
  return lab.networks
    .filter(({ name }) => present.networks.has(name) && !made.networks.some((one) => one.name === name))
    .map(({ name }) => name);
}

/** The machines that the lab made and are still there: one that has such a name and another port is somebody else's. */
export function ofLab(made: Made, present: Present): readonly MadeMachine[] {
  return made.machines.filter((one) => present.machines.get(madeName(one))?.port === one.port);
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
  const machines = ofLab(made, present);
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
  const kept = machines.filter((one) => !gone.includes(one));
  const taken = new Set(present.machines.keys()).difference(new Set(gone.map(madeName)));
  return [
    ...gone.map((one) => deletion(one, "removed")),
    ...kept
      .filter(({ name }) => changed.some((one) => one.name === name))
      .map((one) => deletion(one, whyAnew(one.name))),
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
      const before = kept.find((one) => one.name === machine.name);
      if (before === undefined) return makeAndStart(machine, nextName(lab, machine, taken), "missing");
      // Whatever else is free by now: a machine keeps its name.
      if (changed.includes(machine)) return makeAndStart(machine, madeName(before), whyAnew(machine.name));
      return bringUp(machine, before, present);
    }),
  ];
}

/** Takes a name for this machine: its own, or one that no machine of the file has. */
function nextName(lab: Lab, { name: machine }: LabMachine, taken: Set<string>): MachineName {
  const others = new Set<string>(taken.has(machine) ? lab.machines.map((one) => one.name) : []);
  const name = freeName({ lab: lab.name, machine }, taken.union(others));
  taken.add(name);
  return name;
}

function deletion(one: MadeMachine, why: Reason): Action {
  return { do: "delete-machine", name: one.name, as: madeName(one), why };
}

function makeAndStart(machine: LabMachine, as: MachineName, why: Reason): readonly Action[] {
  const { name } = machine;
  return [
    { do: "create-machine", name, as, why, machine },
    { do: "start-machine", name, as, why, machine },
  ];
}

/** A machine that runs is left alone, unless the command that started it ended before its first boot did. */
function bringUp(machine: LabMachine, made: MadeMachine, { machines }: Present): readonly Action[] {
  const [name, as] = [machine.name, madeName(made)];
  if (machines.get(as)?.state === "stopped") return [{ do: "start-machine", name, as, why: "stopped", machine }];
  const isReady = made.ready ?? true;
  return isReady ? [] : [{ do: "await-machine", name, as, why: "unfinished", machine }];
}

/** Takes away what the lab made and is still there: machines first, since a network with machines stays. */
export function planDown(made: Made, present: Present): readonly Action[] {
  return [
    ...ofLab(made, present).map((one) => deletion(one, "asked")),
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
