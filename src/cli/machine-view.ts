import type { Language } from "../messages/messages.ts";
import { sayCode } from "../messages/messages.ts";
import { printable } from "../model/names.ts";
import { shellWord } from "../model/shell-word.ts";
import type { LabPlace, MachineState, PauseCause, ProviderName } from "../model/machine.ts";
import { shownName } from "../model/machine-names.ts";

/** A machine as `--json` tells it; others rely on these keys. */
export type MachineView = {
  readonly name: string;
  readonly provider: ProviderName;
  /** Of a machine of a lab's: the lab, and the machine's name in its file. */
  readonly lab: LabPlace | null;
  readonly state: MachineState;
  /** Why its hypervisor paused it; null where it did not. */
  readonly cause: PauseCause | null;
  readonly owner: string;
  /** Null for a machine that was made in the hypervisor's own tool. */
  readonly image: string | null;
  /** MiB; null as for the image. */
  readonly memory: number | null;
  readonly cpus: number | null;
  readonly nics: readonly NicView[];
};

/** Null where it is not ours to know: a machine that was made in a hypervisor's own tool. */
export type Size = {
  /** MiB. */
  readonly memory: number | null;
  /** Bytes that are really there: a thin disk counts what was written. */
  readonly disk: number | null;
};

export type NicView = {
  readonly network: string;
  readonly mac: string;
  readonly address: string | null;
  readonly reserved: string | null;
  readonly name: string;
  readonly port: string;
  /** Whether that port is gone; the machine gets a new one at its next start. */
  readonly lost: boolean;
  readonly cable: "in" | "out";
  /** In what its line is not as usual: `delay=50ms loss=2%`. */
  readonly line: string;
};

/** `running`, or `paused (disk full)`. */
export function stateWords({ state, cause }: Pick<MachineView, "state" | "cause">, language: Language): string {
  return sayCode(language, cause === null ? `state-${state}` : `state-${state}-${cause}`);
}

/** What gives a machine a new port in place of one that is gone. */
export function commandForPort({ name, provider, state, image }: MachineView, shown: string): string {
  if (image === null) return `tarr-steps plug ${shellWord(printable(`${provider}:${name}`))}`;
  return `tarr-steps machine ${state === "stopped" ? "start" : "restart"} ${shown}`;
}

/** What each of these is shown as. @param all every machine of the user's, those of hypervisors' own tools too */
export function shownNames(all: readonly MachineView[]): (one: MachineView) => string {
  const made = all.filter(({ image }) => image !== null);
  return (one) => (one.image === null ? one.name : shownName(one, made));
}

/** The address a card holds; in brackets the one that it will be given. */
export function nicAddress(nic: NicView | undefined): string {
  return nic?.address ?? (typeof nic?.reserved === "string" ? `(${nic.reserved})` : "");
}
