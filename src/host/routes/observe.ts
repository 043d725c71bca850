import * as v from "valibot";
import { TarrError } from "../../error.ts";
import { isIpv4, readCidr } from "../../model/address.ts";
import { isInterfaceName } from "../../model/names.ts";
import type { ObservedProxy, ObservedRoute } from "../../plan/observed.ts";
import { routeProtocol } from "../ownership.ts";

const routeShape = v.object({
  dst: v.optional(v.string()),
  dev: v.optional(v.string()),
  metric: v.optional(v.number()),
  gateway: v.optional(v.string()),
  prefsrc: v.optional(v.string()),
  protocol: v.optional(v.string()),
});
const proxyShape = v.object({
  dst: v.optional(v.string()),
  dev: v.optional(v.string()),
  protocol: v.optional(v.string()),
});

/** @param text what `ip -json route show` printed */
export function parseRoutes(text: string): readonly ObservedRoute[] {
  const parsed = v.safeParse(v.array(routeShape), text.trim() === "" ? [] : JSON.parse(text));
  if (!parsed.success) throw new TarrError("observe-failed", { what: "ip route", reason: parsed.issues[0].message });
  return parsed.output.flatMap((route) => {
    const to = readCidr(route.dst ?? "");
    const name = route.dev ?? "";
    if (to === null || !isInterfaceName(name)) return [];
    return [
      {
        to,
        interface: name,
        metric: route.metric ?? 0,
        gateway: addressIn(route.gateway),
        source: addressIn(route.prefsrc),
        marked: isMarked(route),
      },
    ];
  });
}

/** @param text what `ip -json -details neighbour show proxy` printed: IPv6 entries too */
export function parseProxies(text: string): readonly ObservedProxy[] {
  const parsed = v.safeParse(v.array(proxyShape), text.trim() === "" ? [] : JSON.parse(text));
  if (!parsed.success)
    throw new TarrError("observe-failed", { what: "ip neighbour", reason: parsed.issues[0].message });
  return parsed.output.filter(isMarked).flatMap(({ dst = "", dev = "" }) => {
    return isIpv4(dst) && isInterfaceName(dev) ? [{ address: dst, interface: dev }] : [];
  });
}

function isMarked({ protocol }: { readonly protocol?: string | undefined }): boolean {
  return protocol === String(routeProtocol);
}

function addressIn(text: string | undefined) {
  return text !== undefined && isIpv4(text) ? text : null;
}
