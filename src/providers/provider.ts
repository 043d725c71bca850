import type { TarrError } from "../error.ts";
import type { Argv } from "../host/command.ts";
import type { Machine, MachineState, PauseCause, Plug, ProviderName, Remains } from "../model/machine.ts";
import type { Mac, PortId, SnapshotName } from "../model/names.ts";

/** Whether a hypervisor can be used here, by this user, now. An absent one is not an error: `error` says what to do. */
export type Availability =
  | { readonly usable: true; readonly acceleration: "hardware" | "software" }
  | { readonly usable: false; readonly error: TarrError };

/** How to reach a machine's console: a unix socket in its folder, or a program by its standard input and output. */
export type Console =
  { readonly kind: "socket"; readonly name: string } | { readonly kind: "program"; readonly argv: Argv };

/**
 * Sentences about what only this hypervisor can do wrong, by the `problem` of a `provider-problem` error. Holes are
 * filled from the error's values, as in `messages/`.
 */
export type ProviderWords = Readonly<
  Record<string, Readonly<Record<"en" | "fr", { readonly message: string; readonly hint: string }>>>
>;

export type Snapshot = {
  /** Ours are names of the kind that machines have; those that were made in the hypervisor's own tool are free text. */
  readonly name: string;
  /** When it was taken, where that can be told. */
  readonly taken: string | null;
};

/**
 * What a machine was like, kept. A machine that is brought back does not run: it is stopped, or paused where its memory was
 * kept and the hypervisor tells so; `start` then goes on with it.
 */
export type Snapshots = {
  /** Whether one is taken of a running machine too. */
  readonly live: boolean;
  /** The oldest first. */
  readonly list: (machine: Machine) => Promise<readonly Snapshot[]>;
  readonly take: (machine: Machine, name: SnapshotName) => Promise<void>;
  /** What the machine is now is lost. */
  readonly restore: (machine: Machine, name: string) => Promise<void>;
  readonly drop: (machine: Machine, name: string) => Promise<void>;
};

/** What is known of a provider without asking its hypervisor. */
export type Features = {
  readonly name: ProviderName;
  readonly words: ProviderWords;
  /** Machines that the user made in the hypervisor's own tool. */
  readonly native: NativeControl;
  /** Whether `start` can show the machine in a window. */
  readonly windows: boolean;
  /** Whether the hypervisor has a list of its machines. Without one (QEMU), any name may be plugged. */
  readonly keepsList: boolean;
  readonly console: (machine: Machine) => Console;
  /** The file in the machine's folder that takes what it prints. */
  readonly log: string;
  /** Shows the guest of a machine that runs whether its cable is in; left out where it sees that by itself, or never. */
  readonly showCable?: CableView;
  readonly snapshots: Snapshots;
};

export type CableView = (machine: Machine, port: { readonly id: PortId; readonly up: boolean }) => Promise<void>;

/** The settings of one NIC in the hypervisor's own terms: what `rewire` gives back byte for byte. */
export type Wiring = Readonly<Record<string, string>>;

export type NativeNic = {
  /** From 1 on, as people count them. */
  readonly number: number;
  readonly mac: Mac | null;
  /** The host's interface that it is attached to, when it is. */
  readonly interface: string | null;
  readonly wiring: Wiring;
};

/** A machine as its hypervisor knows it: one of ours, or one that the user made in the hypervisor's own tool. */
export type NativeMachine = {
  /** Free text: hypervisors take nearly anything. */
  readonly name: string;
  readonly state: MachineState;
  /** Of a paused one, where its hypervisor paused it. */
  readonly cause?: PauseCause;
  readonly nics: readonly NativeNic[];
};

/** What is done to a machine of ours, and, to one that the user made in the hypervisor's own tool, only there. */
export type OwnTask = "delete" | "reset" | "set" | "snapshot" | "snapshots" | "restore" | "logs" | "console";

/** Machines that the user made in the hypervisor's own tool: what can be done to them without knowing what they are made of. */
export type NativeControl = {
  /** @throws TarrError when only the user knows how it is started */
  readonly start: (machine: NativeMachine, how: { readonly window: boolean }) => Promise<void>;
  /** Asks the guest to power off, and ends it when it does not, or at once when `hard`. */
  readonly stop: (machine: NativeMachine, hard: boolean) => Promise<void>;
  /** A console that a program of the hypervisor's shows on this terminal. */
  readonly console?: (machine: NativeMachine) => Promise<Console>;
  /** The command of the hypervisor's own tool that does the same; null where it has none. */
  readonly instead: (task: OwnTask, machine: NativeMachine) => string | null;
};

/** What a NIC is to be attached to: a port of ours, or what it was attached to before. */
export type Target = { readonly port: Plug } | { readonly former: Wiring };

export type NicPlace = { readonly machine: NativeMachine; readonly nic: number };

/**
 * When a changed NIC is so: at once, or at the machine's next start. `by-hand`: the hypervisor keeps no settings that we
 * could change; `argv` are the arguments that the user gives it.
 */
export type Rewired = { readonly when: "now" | "next-start" } | { readonly when: "by-hand"; readonly argv: Argv };

/** The adapter to one hypervisor, run as the user with the hypervisor's own programs. Eight members, and no more. */
export interface Provider {
  readonly features: Features;
  available(): Promise<Availability>;
  /**
   * The user's machines there; with `only`, those of these names and no search for others. Empty when the hypervisor is
   * not installed or was never used; quick then.
   */
  machines(only?: readonly string[]): Promise<readonly NativeMachine[]>;
  /** Makes what the machine needs in its folder, which exists. */
  create(machine: Machine): Promise<void>;
  /** Returns when the machine runs, a paused one where it was; it then outlives us. @throws TarrError `machine-start-failed` */
  start(machine: Machine, how: { readonly window: boolean }): Promise<void>;
  /** Asks the guest to power off and waits; ends it when it does not, or at once when `hard`. */
  stop(machine: Remains, hard: boolean): Promise<void>;
  /** Takes a stopped machine, or a paused one that is on the disk alone, out of the hypervisor, with its disks. Its folder is removed by the caller. */
  delete(machine: Remains): Promise<void>;
  /** Changes one NIC with the hypervisor's own tool, and nothing else. */
  rewire(place: NicPlace, to: Target): Promise<Rewired>;
}
