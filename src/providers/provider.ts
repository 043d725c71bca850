import type { Machine, MachineState, ProviderName } from "../model/machine.ts";

/** Whether a hypervisor can be used here. An absent one is not an error: `install` says what an administrator types. */
export type Availability =
  | { readonly usable: true; readonly acceleration: "hardware" | "software" }
  | { readonly usable: false; readonly install: string };

/** Where a machine's serial line is: a unix socket, and what it printed so far. */
export type SerialLine = { readonly socket: string; readonly log: string };

/** The adapter to one hypervisor, run as the user with the hypervisor's own programs. */
export interface Provider {
  readonly name: ProviderName;
  available(): Promise<Availability>;
  state(machine: Machine): Promise<MachineState>;
  /** Makes what the machine needs in its folder, which exists. */
  create(machine: Machine): Promise<void>;
  /** Returns when the machine runs; it then outlives us. @throws TarrError `machine-start-failed` */
  start(machine: Machine): Promise<void>;
  /** Asks the guest to power off and waits; ends it when it does not, or at once when `hard`. */
  stop(machine: Machine, hard: boolean): Promise<void>;
  delete(machine: Machine): Promise<void>;
  serialLine(machine: Machine): SerialLine;
}
