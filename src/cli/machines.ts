import type { WirePort } from "../api/types.ts";
import type { Call } from "../api/client.ts";
import type { Machine, MachineState } from "../model/machine.ts";
import { listMachines } from "../providers/records.ts";
import { loadProvider } from "../providers/registry.ts";

/** A machine as `--json` tells it; others rely on these keys. */
export type MachineView = {
  readonly name: string;
  readonly provider: string;
  readonly state: MachineState;
  readonly owner: string;
  readonly image: string;
  readonly nics: readonly {
    readonly network: string;
    readonly mac: string;
    readonly address: string | null;
    readonly reserved: string | null;
    readonly name: string;
    readonly port: string;
  }[];
};

/** The user's machines with what the service knows of their ports. */
export async function machineViews(call: Call): Promise<readonly MachineView[]> {
  const machines = await listMachines();
  if (machines.length === 0) return [];
  const { ports } = await call("ListPorts", {});
  return Promise.all(machines.map((machine) => machineView(machine, ports)));
}

export async function machineView(machine: Machine, ports: readonly WirePort[]): Promise<MachineView> {
  const provider = await loadProvider(machine.provider);
  const state = await provider.state(machine);
  const port = ports.find((one) => one.id === machine.port.id);
  const running = state === "running";
  return {
    name: machine.name,
    provider: machine.provider,
    state,
    owner: port?.owner ?? process.env["USER"] ?? "",
    image: machine.image,
    nics: [
      {
        network: machine.network,
        mac: machine.port.mac,
        address: running ? (port?.address ?? null) : null,
        reserved: port?.reserved ?? null,
        name: port?.fqdn ?? machine.name,
        port: machine.port.id,
      },
    ],
  };
}

/** The address a machine holds; in brackets the one that it will be given. */
export function shownAddress(machine: MachineView, network = machine.nics[0]?.network): string {
  const nic = machine.nics.find((one) => one.network === network);
  return nic?.address ?? (typeof nic?.reserved === "string" ? `(${nic.reserved})` : "");
}

/** Calls until the machine's lease is younger than its start, or time is over. @returns its address, or null */
export async function waitForAddress(
  call: Call,
  wait: { readonly port: string; readonly since: number; readonly seconds: number },
): Promise<string | null> {
  const deadline = performance.now() + wait.seconds * 1000;
  while (performance.now() < deadline) {
    const { ports } = await call("ListPorts", {});
    const port = ports.find((one) => one.id === wait.port);
    // The clock of the lease file counts whole seconds.
    if (port !== undefined && (port.leased ?? 0) >= Math.floor(wait.since) && port.address !== null)
      return port.address;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  return null;
}
