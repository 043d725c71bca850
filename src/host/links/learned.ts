import * as v from "valibot";
import { TarrError } from "../../error.ts";
import type { InterfaceName, Mac } from "../../model/names.ts";
import { isInterfaceName, isMac } from "../../model/names.ts";
import { mustRun } from "../command.ts";

const entriesShape = v.array(v.object({ mac: v.string(), ifname: v.string(), flags: v.optional(v.array(v.string())) }));

/** Behind which interface a switch has seen each MAC (bridge(8), fdb). */
export async function observeLearned(on: InterfaceName): Promise<ReadonlyMap<Mac, InterfaceName>> {
  return parseLearned(await mustRun(["bridge", "-json", "fdb", "show", "br", on]));
}

export function parseLearned(text: string): ReadonlyMap<Mac, InterfaceName> {
  const parsed = v.safeParse(entriesShape, text.trim() === "" ? [] : JSON.parse(text));
  if (!parsed.success) throw new TarrError("observe-failed", { what: "fdb", reason: parsed.issues[0].message });
  return new Map(
    parsed.output.flatMap(({ mac, ifname, flags }) =>
      // "self" entries are filters of the interface's own, not what was seen behind it.
      isMac(mac) && isInterfaceName(ifname) && flags?.includes("self") !== true ? [[mac, ifname] as const] : [],
    ),
  );
}
