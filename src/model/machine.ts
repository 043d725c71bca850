import type { InterfaceName, Mac, MachineName, NetworkName, PortId } from "./names.ts";

export const providerNames = ["qemu"] as const;
export type ProviderName = (typeof providerNames)[number];

export type MachineState = "running" | "stopped" | "paused" | "unknown";

/** A guest of the user's, as its record in the user's home says. */
export type Machine = {
  readonly name: MachineName;
  readonly provider: ProviderName;
  readonly image: string;
  /** MiB */
  readonly memory: number;
  readonly network: NetworkName;
  readonly port: { readonly id: PortId; readonly interface: InterfaceName; readonly mac: Mac };
};
