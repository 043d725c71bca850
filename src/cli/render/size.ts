import type { Size } from "../machine-view.ts";
import type { Context } from "../command.ts";

/** Memory and disk as columns of a table, in MiB; empty where it is not known. */
export function sizeColumns({ memory, disk }: Size, { say }: Pick<Context, "say">): string[] {
  const mebibytes = [memory, disk === null ? null : Math.round(disk / 1024 ** 2)];
  return mebibytes.map((value) => (value === null ? "" : say("unit-mebibytes", { count: String(value) })));
}
