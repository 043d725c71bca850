import type { InterfaceName, Mac, MachineName, NetworkName, PortId } from "./names.ts";

/**
 * Every provider, the best for a class first: one line each, here and in `providers/registry.ts`.
 * `macPrefix`: the first three bytes of a MAC that the hypervisor itself would give, since some insist on their own
 * (VMware refuses static addresses outside 00:50:56:00-3f).
 * `joins`: what of the hypervisor's is on the switch: a tap that we make and the user may open, an interface that the
 * hypervisor makes and puts there itself, or nothing (the hypervisor hooks the switch from outside).
 */
export const providerTraits = {
  qemu: { macPrefix: "52:54:00", joins: "tap" },
  lxc: { macPrefix: "00:16:3e", joins: "own-interface" },
  virtualbox: { macPrefix: "08:00:27", joins: "tap" },
  vmware: { macPrefix: "00:50:56", joins: "hook" },
} as const;

export type ProviderName = keyof typeof providerTraits;

export const providerNames = ["qemu", "lxc", "virtualbox", "vmware"] as const satisfies readonly ProviderName[];

export type MachineState = "running" | "stopped" | "paused" | "unknown";

/** What a machine of any provider needs to know of its port. */
export type Plug = {
  readonly id: PortId;
  readonly interface: InterfaceName;
  /** The switch that the port is on. */
  readonly switch: InterfaceName;
  readonly mac: Mac;
};

/** A guest that we made for the user, as its record in the user's home says. */
export type Machine = {
  readonly name: MachineName;
  readonly provider: ProviderName;
  readonly image: string;
  /** MiB */
  readonly memory: number;
  readonly network: NetworkName;
  readonly port: Plug;
};
