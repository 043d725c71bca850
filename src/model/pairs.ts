import type { InterfaceName } from "./names.ts";
import { interfaceName } from "./names.ts";

/**
 * Pairs of interfaces (veth) that a switch has beside its machines' ports, by what they are for:
 * `carrier` keeps the switch's carrier when the last guest leaves, `uplink` leads to a LAN segment, and `vmware` is the
 * port that VMware's machines are behind.
 */
export const pairKinds = ["carrier", "uplink", "vmware"] as const;
export type PairKind = (typeof pairKinds)[number];

export type Pair = {
  /** The end that is a port of the switch. */
  readonly interface: InterfaceName;
  readonly peer: InterfaceName;
};

/** `vswitch3` has `carrier3` and `carrier3-peer`, `uplink3` and `uplink3-peer`, ... */
export function pairOf(kind: PairKind, on: InterfaceName): Pair {
  const name = `${kind}${on.slice("vswitch".length)}`;
  return { interface: interfaceName(name), peer: interfaceName(`${name}-peer`) };
}

export function isPairOf(kind: PairKind, name: InterfaceName): boolean {
  return new RegExp(`^${kind}\\d+(?:-peer)?$`).test(name);
}
