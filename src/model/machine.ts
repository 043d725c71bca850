import type { InterfaceName, Mac, MachineName, NetworkName, PortId } from "./names.ts";

/**
 * Every provider, the best for a class first: one line each, here and in `providers/registry.ts`.
 * `macPrefix`: the first three bytes of a MAC that the hypervisor itself would give, since some insist on their own
 * (VMware refuses static addresses outside 00:50:56:00-3f).
 * `joins`: what of the hypervisor's is on the switch: a tap that we make and the user may open, an interface that the
 * hypervisor makes and puts there itself, or a port of ours that the hypervisor hooks, for all its machines together.
 * `paused`: where the guest of a paused machine is: in the memory of a process that is still there, or on the disk.
 */
export const providerTraits = {
  qemu: { macPrefix: "52:54:00", joins: "tap", paused: "in-memory" },
  lxc: { macPrefix: "00:16:3e", joins: "own-interface", paused: "in-memory" },
  virtualbox: { macPrefix: "08:00:27", joins: "tap", paused: "in-memory" },
  vmware: { macPrefix: "00:50:56", joins: "hook", paused: "on-disk" },
} as const;

export type ProviderName = keyof typeof providerTraits;

export const providerNames = ["qemu", "lxc", "virtualbox", "vmware"] as const satisfies readonly ProviderName[];

export type MachineState = "running" | "stopped" | "paused" | "unknown";

/** Why a hypervisor paused a machine by itself: its disk could not be written. */
export type PauseCause = "disk-full" | "disk-error";

/** What a machine of any provider needs to know of its port. */
export type Plug = {
  readonly id: PortId;
  readonly interface: InterfaceName;
  /** The switch that the port is on. */
  readonly switch: InterfaceName;
  readonly mac: Mac;
};

/** A network card of a machine's: on which network, at which port. */
export type Nic = { readonly network: NetworkName; readonly port: Plug };

/** In the guest's order: the first is `eth0`. Every machine has one. */
export type Nics = readonly [Nic, ...Nic[]];

/** VirtualBox's usual chipset (PIIX3) has eight. */
export const mostNics = 8;

export function isNics(nics: readonly Nic[]): nics is Nics {
  return nics.length >= 1 && nics.length <= mostNics;
}

/** A file that a machine has from its first boot on. */
export type SeedFile = { readonly path: string; readonly mode: number; readonly content: string };

/**
 * What a machine is given at its first boot, the same with every hypervisor. Files come first, then packages, then the
 * script, run once as root with /bin/sh.
 */
export type FirstBoot = {
  readonly files: readonly SeedFile[];
  /** Debian packages; only where the image has apt. */
  readonly packages: readonly string[];
  readonly script: string | null;
  /** Of the image's usual user and of root's console; null: no password works. */
  readonly password: string | null;
};

/** The lab that a machine is of, and its name in that lab's file. */
export type LabPlace = { readonly lab: MachineName; readonly machine: MachineName };

/** A guest that we made for the user, as its record in the user's home says. */
export type Machine = {
  /** No other machine of the user's has it: its folder and its hypervisor know the machine by it. */
  readonly name: MachineName;
  readonly provider: ProviderName;
  readonly image: string;
  /** MiB */
  readonly memory: number;
  /** Absent until the user set it: one, and what the hypervisor's own settings say is left alone. */
  readonly cpus?: number;
  readonly nics: Nics;
  /** The port that its first card was made with, once that port was replaced. */
  readonly madeAt?: PortId;
  /** Absent when it was made by hand, or by a lab of before. */
  readonly lab?: LabPlace;
  /** Absent when it gets nothing but its name and its user's key. */
  readonly firstBoot?: FirstBoot;
  /** While its files are made: what a killed command left cannot be started. */
  readonly unfinished?: true;
};

/** What is still known of a machine when its record cannot be read. */
export type Remains = Pick<Machine, "name"> & { readonly nics: readonly Nic[] };

/** What a machine calls itself: in a lab, what its file calls it. */
export function plainName({ name, lab }: Pick<Machine, "name" | "lab">): MachineName {
  return lab?.machine ?? name;
}

/** The port that its first card was made with: a lab knows its machines by it. */
export function madeAt(machine: Pick<Machine, "madeAt" | "nics">): PortId {
  return machine.madeAt ?? machine.nics[0].port.id;
}
