import { TarrError } from "../error.ts";
import type { Port } from "../model/port.ts";
import { plainPort } from "../model/port.ts";

/**
 * Another kernel than that of the last boot may lack what a line is made by: all switches together are worth more than
 * one slow line.
 *
 * @param error of a reconcile that failed
 * @returns the ports with lines as usual, or null when it was something else
 */
export function portsWithoutLines(ports: readonly Port[], error: unknown): readonly Port[] | null {
  const cause = error instanceof TarrError ? error.cause : null;
  if (!(cause instanceof TarrError) || cause.code !== "line-unsupported") return null;
  return ports.map((port) => ({ ...plainPort(port), ...(port.pulled === true ? { pulled: true } : {}) }));
}
