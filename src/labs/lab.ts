import type { FirstBoot, ProviderName } from "../model/machine.ts";
import type { MachineName, NetworkName } from "../model/names.ts";
import type { Setting } from "../model/network.ts";

/** The networks and machines of one class, as its file says. */
export type Lab = {
  readonly name: MachineName;
  /** Whether the file says the name; else it is made of the file's own. */
  readonly named: boolean;
  readonly networks: readonly LabNetwork[];
  /** In the file's order, which gives them their addresses. */
  readonly machines: readonly LabMachine[];
  readonly checks: readonly LabCheck[];
};

/** A network that the lab makes. */
export type LabNetwork = {
  readonly name: NetworkName;
  readonly subnet: string | null;
  readonly settings: readonly Setting[];
};

export type LabMachine = {
  readonly name: MachineName;
  readonly image: string;
  /** Null: the best that works on this computer. */
  readonly provider: ProviderName | null;
  /** MiB; null: what its image wants. */
  readonly memory: number | null;
  readonly nics: readonly LabNic[];
  /** Null when it gets nothing but its name and its user's key. */
  readonly firstBoot: FirstBoot | null;
  /** Machines that are up before this one is started. */
  readonly after: readonly MachineName[];
};

/** @see hostsOf for a host part that the file does not give */
export type LabNic = { readonly network: NetworkName; readonly host: number | null };

/** Who is to reach whom. `host` is the computer itself. */
export type LabCheck = {
  readonly from: MachineName | "host";
  readonly line: string;
  readonly what:
    | { readonly kind: "ping"; readonly to: MachineName | "host"; readonly reach: boolean }
    | { readonly kind: "port"; readonly to: MachineName | "host"; readonly port: number; readonly reach: boolean }
    | { readonly kind: "run"; readonly command: string; readonly expect: string };
};
