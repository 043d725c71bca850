import type { Cidr } from "../model/address.ts";
import type { InterfaceName, Mac, NetworkName } from "../model/names.ts";
import type { NameService, RuleSet } from "./desired.ts";
import type { Neighbour } from "./observed.ts";

/**
 * Every change that we can make to the host, and what it needs to know. A step is data: shown, journaled, run and undone
 * from this one table. Nothing here is a word of `ip` or `nft`: how a step is done is `host/`'s affair.
 */
type StepArguments = {
  "create-switch": { readonly interface: InterfaceName; readonly mac: Mac };
  "create-carrier": { readonly interface: InterfaceName; readonly peer: InterfaceName };
  "create-tap": { readonly interface: InterfaceName; readonly owner: number | null };
  "delete-interface": { readonly interface: InterfaceName };
  mark: { readonly interface: InterfaceName };
  "set-mac": { readonly interface: InterfaceName; readonly mac: Mac };
  "set-mtu": { readonly interface: InterfaceName; readonly mtu: number };
  "set-up": { readonly interface: InterfaceName; readonly up: boolean };
  plug: { readonly interface: InterfaceName; readonly on: InterfaceName; readonly carrier: boolean };
  unplug: { readonly interface: InterfaceName };
  "add-address": { readonly interface: InterfaceName; readonly address: Cidr };
  "remove-address": { readonly interface: InterfaceName; readonly address: Cidr };
  "set-forwarding": { readonly interface: InterfaceName; readonly on: boolean };
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
