import type { MachineName, NetworkName } from "../model/names.ts";
import type { Lab, LabMachine, LabNetwork } from "./lab.ts";

/** What a lab made on this computer, so that `down` takes that away and nothing else. */
export type Made = { readonly networks: readonly MadeNetwork[]; readonly machines: readonly MadeMachine[] };
/** `said`: what the file said of it then. */
export type MadeNetwork = { readonly name: NetworkName; readonly said: string };
/** `port`: of its first card. A machine of that name at another port is another machine. */
export type MadeMachine = { readonly name: MachineName; readonly said: string; readonly port: string };

/** What there is now, whoever made it. */
export type Present = {
  readonly networks: ReadonlySet<string>;
  readonly machines: ReadonlyMap<string, PresentMachine>;
};

export type PresentMachine = { readonly state: "running" | "stopped"; readonly port: string };

export type Reason = "missing" | "changed" | "removed" | "stopped" | "asked";

/** One thing to do, and why. */
export type Action =
  | { readonly do: "create-network"; readonly name: NetworkName; readonly why: Reason; readonly network: LabNetwork }
  | { readonly do: "delete-network"; readonly name: NetworkName; readonly why: Reason }
  | { readonly do: "create-machine"; readonly name: MachineName; readonly why: Reason; readonly machine: LabMachine }
  | { readonly do: "start-machine"; readonly name: MachineName; readonly why: Reason; readonly machine: LabMachine }
  | { readonly do: "delete-machine"; readonly name: MachineName; readonly why: Reason };

/** The name of what is there and was not made by the lab: it is never adopted. */
export type Foreign = { readonly kind: "machine" | "network"; readonly name: string };

export function findForeign(lab: Lab, made: Made, present: Present): Foreign | null {
  const machine = lab.machines.find(({ name }) => present.machines.has(name) && !isOurs(name, made, present));
  if (machine !== undefined) return { kind: "machine", name: machine.name };
  const network = lab.networks.find(
    ({ name }) => present.networks.has(name) && !made.networks.some((one) => one.name === name),
  );
  return network === undefined ? null : { kind: "network", name: network.name };
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
    return before !== undefined && (moves || before.said !== saidOf(machine));
  });
  const isChanged = (name: string) => changed.some((one) => one.name === name);
  const there = made.networks.filter(({ name }) => present.networks.has(name));
  const unused = there.filter(({ name }) => renewed.has(name) || !lab.networks.some((one) => one.name === name));
  return [
    ...gone.map(({ name }): Action => ({ do: "delete-machine", name, why: "removed" })),
    ...changed.map(({ name }): Action => ({ do: "delete-machine", name, why: "changed" })),
    ...unused.map(({ name }): Action => ({
      ...{ do: "delete-network", name, why: renewed.has(name) ? "changed" : "removed" },
    })),
    ...lab.networks
      .filter(({ name }) => renewed.has(name) || !present.networks.has(name))
      .map((network): Action => ({
        ...{ do: "create-network", name: network.name, network },
        why: renewed.has(network.name) ? "changed" : "missing",
      })),
    ...lab.machines.flatMap((machine): Action[] => {
      const { name } = machine;
      const isNew = isChanged(name) || !present.machines.has(name);
      const why = isChanged(name) ? "changed" : "missing";
      if (isNew)
        return [
          { do: "create-machine", name, why, machine },
          { do: "start-machine", name, why, machine },
        ];
      if (present.machines.get(name)?.state === "running") return [];
      return [{ do: "start-machine", name, why: "stopped", machine }];
    }),
  ];
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
