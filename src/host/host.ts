import type { Line } from "../model/line.ts";
import type { InterfaceName } from "../model/names.ts";
import type { Glance, Observed, ObservedPeer } from "../plan/observed.ts";
import type { Step } from "../plan/step.ts";
import type { RunOutcome } from "./links/run.ts";

/** The host as the reconcile loop sees it: real, or a fake that prints itself. */
export interface Host {
  /** A part that could not be observed is unknown; it does not throw. */
  observe(): Promise<Observed>;
  /** Interfaces and routes alone, for whoever only looks. */
  glance(): Promise<Glance>;
  /** Whom the host knows by MAC. @throws TarrError `observe-failed` */
  peers(): Promise<readonly ObservedPeer[]>;
  /** Whether the kernel can make such a line, tried where nobody is. @throws TarrError `line-unsupported` */
  tryLine(where: InterfaceName, line: Line): Promise<void>;
  /** Runs steps in order, stopping at the first that fails. */
  run(steps: readonly Step[]): Promise<RunOutcome>;
}
