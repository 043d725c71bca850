import { reversePathDrops, strictReversePaths } from "../sysctl/reverse-path.ts";
import { answersHost } from "./connect.ts";
import { portHolder } from "./holders.ts";
import { probeSwitch, standInFor } from "./switch.ts";
import { tracePackets } from "./trace.ts";

/** How the host is asked as a machine on a switch would, and what finds the culprit where no answer comes. */
export type SwitchProbes = {
  readonly standIn: typeof standInFor;
  readonly ask: typeof probeSwitch;
  readonly trace: typeof tracePackets;
  readonly holder: typeof portHolder;
  readonly strictPaths: typeof strictReversePaths;
  readonly pathDrops: typeof reversePathDrops;
  readonly answersHost: typeof answersHost;
};

export const switchProbes: SwitchProbes = {
  standIn: standInFor,
  ask: probeSwitch,
  trace: tracePackets,
  holder: portHolder,
  strictPaths: strictReversePaths,
  pathDrops: reversePathDrops,
  answersHost,
};
