import type { Cidr, Ipv4 } from "../model/address.ts";
import type { Line } from "../model/line.ts";
import type { InterfaceName, Mac, NetworkName, PortId } from "../model/names.ts";
import type { NameService, RuleSet } from "./desired.ts";
import type { Neighbour } from "./observed.ts";

/**
 * Every change that we can make to the host, and what it needs to know. A step is data: shown, journaled, run and undone
 * from this one table. Nothing here is a word of `ip` or `nft`: how a step is done is `host/`'s affair.
 */
type StepArguments = {
  "create-switch": { readonly interface: InterfaceName; readonly mac: Mac };
  "create-carrier": { readonly interface: InterfaceName; readonly peer: InterfaceName };
  /** The port that VMware's machines are behind, and where nothing comes out that anybody wants. */
  "create-vmware-port": { readonly interface: InterfaceName; readonly peer: InterfaceName };
  "create-tap": { readonly interface: InterfaceName; readonly owner: number | null };
  /** A pair whose far end speaks as the NIC. */
  "create-uplink": { readonly interface: InterfaceName; readonly peer: InterfaceName; readonly mac: Mac };
  /** What comes out of the interface goes on to the NIC: to the host itself as if it had come in there. */
  splice: { readonly interface: InterfaceName; readonly nic: InterfaceName; readonly mac: Mac };
  "set-promiscuous": { readonly interface: InterfaceName; readonly on: boolean };
  "set-arp": { readonly interface: InterfaceName; readonly on: boolean };
  "delete-interface": { readonly interface: InterfaceName };
  mark: { readonly interface: InterfaceName };
  "set-mac": { readonly interface: InterfaceName; readonly mac: Mac };
  "set-mtu": { readonly interface: InterfaceName; readonly mtu: number };
  "set-up": { readonly interface: InterfaceName; readonly up: boolean };
  /** The cable of an interface that a hypervisor made; the port is written on it while it is not as usual. */
  "set-cable": { readonly interface: InterfaceName; readonly port: PortId | null; readonly up: boolean };
  /** How good the line to the machine behind it is; null is as usual. */
  "set-line": { readonly interface: InterfaceName; readonly line: Line | null };
  plug: { readonly interface: InterfaceName; readonly on: InterfaceName; readonly carrier: boolean };
  unplug: { readonly interface: InterfaceName };
  "add-address": { readonly interface: InterfaceName; readonly address: Cidr };
  "remove-address": { readonly interface: InterfaceName; readonly address: Cidr };
  "set-forwarding": { readonly interface: InterfaceName; readonly on: boolean };
  /** Whether the host answers on this switch for addresses that it reaches elsewhere (proxy ARP). */
  "set-proxying": { readonly interface: InterfaceName; readonly on: boolean };
  /** A machine's address on the LAN is behind a switch; the host speaks to it as `source`. */
  "add-host-route": { readonly interface: InterfaceName; readonly address: Ipv4; readonly source: Ipv4 };
  "remove-host-route": { readonly interface: InterfaceName; readonly address: Ipv4 };
  /** On the uplink the host answers for a machine's address. */
  "answer-for": { readonly interface: InterfaceName; readonly address: Ipv4 };
  "stop-answering": { readonly interface: InterfaceName; readonly address: Ipv4 };
  /** The whole of our packet rules at once; null takes them away. */
  "set-rules": { readonly rules: RuleSet | null };
  /** Lets our machines' packets pass a chain of another program's. */
  "let-pass": Pick<Neighbour, "family" | "table" | "chain" | "hook">;
  "stop-passing": Pick<Neighbour, "family" | "table" | "chain" | "hook">;
  /** Starts the name service, or starts it anew when it runs with something else. */
  "serve-names": { readonly service: NameService };
  /** Hands a running name service its leases, without an interruption. */
  "update-leases": { readonly service: NameService };
  "stop-names": { readonly network: NetworkName };
};

export type StepKind = keyof StepArguments;
export type Step = { [Kind in StepKind]: { readonly kind: Kind } & StepArguments[Kind] }[StepKind];
export type StepOf<Kind extends StepKind> = Extract<Step, { kind: Kind }>;

/** Why a step is in a plan, as a code that each language has words for. */
export const reasons = [
  "missing",
  "not-wanted",
  "differs",
  "unplugged",
  "elsewhere",
  "down",
  "stopped",
  "pulled",
  "not-running",
  "altered",
  "unmarked",
] as const;
export type Reason = (typeof reasons)[number];

export type PlannedStep = {
  readonly step: Step;
  readonly reason: Reason;
  /** What takes the host back, in order. */
  readonly undo: readonly Step[];
};

export type Plan = { readonly steps: readonly PlannedStep[] };

/** What a step is about, for a line of a table. */
export function subjectOf(step: Step): string {
  switch (step.kind) {
    case "set-rules":
      return "nft";
    case "let-pass":
    case "stop-passing":
      return `${step.table} ${step.chain}`;
    case "serve-names":
    case "update-leases":
      return step.service.network;
    case "stop-names":
      return step.network;
    default:
      return step.interface;
  }
}
