import * as v from "valibot";
import { TarrError } from "../../error.ts";
import { readCidr } from "../../model/address.ts";
import { isInterfaceName } from "../../model/names.ts";
import type { ObservedRoute } from "../../plan/observed.ts";

const routeShape = v.object({
  dst: v.optional(v.string()),
  dev: v.optional(v.string()),
  metric: v.optional(v.number()),
});

/** @param text what `ip -json route show` printed */
export function parseRoutes(text: string): readonly ObservedRoute[] {
  const parsed = v.safeParse(v.array(routeShape), text.trim() === "" ? [] : JSON.parse(text));
  if (!parsed.success) throw new TarrError("observe-failed", { what: "ip route", reason: parsed.issues[0].message });
  return parsed.output.flatMap((route) => {
    const to = readCidr(route.dst ?? "");
    const name = route.dev ?? "";
    if (to === null || !isInterfaceName(name)) return [];
    return [{ to, interface: name, metric: route.metric ?? 0 }];
  });
}
