import type { InterfaceName, Mac } from "../../model/names.ts";
import { isInterfaceName, isMac } from "../../model/names.ts";
import { isPairOf } from "../../model/pairs.ts";
import { same } from "../../plan/compare.ts";
import type { ObservedLink, ObservedSplice } from "../../plan/observed.ts";
import { run } from "../command.ts";
import { shownSplice } from "./render.ts";

/** Where frames go that come out of our pairs; a program more, but only where there is such a pair. */
export async function observeSplices(links: readonly ObservedLink[]): Promise<readonly ObservedSplice[]> {
  const peers = links.filter((link) => link.marked && isPairOf("uplink", link.name) && link.name.endsWith("-peer"));
  const all = await Promise.all(
    peers.map(async ({ name }) => {
      // Gone since it was listed, it has none either.
      const { stdout } = await run(["tc", "filter", "show", "dev", name, "ingress"]);
      return parseSplice(name, stdout);
    }),
  );
  return all.flatMap((one) => (one === null ? [] : [one]));
}

/**
 * Its text, and not its JSON: there tc names two things of one object alike (`match`).
 *
 * @returns null for filters that are not just those that we make
 */
export function parseSplice(peer: InterfaceName, text: string): ObservedSplice | null {
  const lines = [...text.matchAll(/match \S+ at -?\d+|mirred \(.*\) \w+/g)].map(([line]) => line);
  const nic = /Ingress Redirect to device (\S+)\)/.exec(text)?.[1] ?? "";
  const mac = macIn(lines);
  if (!isInterfaceName(nic) || mac === null || !same(lines, shownSplice({ nic, mac }))) return null;
  return { interface: peer, nic, mac };
}

function macIn(lines: readonly string[]): Mac | null {
  const digits = `${lines[0]?.slice(10, 14) ?? ""}${lines[1]?.slice(6, 14) ?? ""}`;
  const mac = digits.match(/../g)?.join(":") ?? "";
  return isMac(mac) ? mac : null;
}
