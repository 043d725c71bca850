import type { WirePort } from "../api/types.ts";
import type { Machine } from "../model/machine.ts";
import { listMachines } from "../providers/records.ts";
import { loadProvider } from "../providers/registry.ts";

/** Has the guest see what became of its cable, where its hypervisor shows nothing by itself. */
export async function showCable(port: WirePort): Promise<void> {
  const machine = (await listMachines()).find(({ nics }) => nics.some((nic) => nic.port.id === port.id));
  if (machine !== undefined) await showOne(machine, port);
}

/** The same for a machine that was just started. @returns whether the cable of its first card is out */
export async function showPulled(machine: Machine, ports: readonly WirePort[]): Promise<boolean> {
  const pulled = ports.filter(({ id, cable }) => cable === "out" && machine.nics.some((nic) => nic.port.id === id));
  for (const port of pulled) await showOne(machine, port);
  return pulled.some(({ id }) => id === machine.nics[0].port.id);
}

async function showOne(machine: Machine, { id, cable }: WirePort): Promise<void> {
  const { features } = await loadProvider(machine.provider);
  const port = machine.nics.find((nic) => nic.port.id === id)?.port;
  if (port !== undefined) await features.showCable?.(machine, { id: port.id, up: cable === "in" });
}
