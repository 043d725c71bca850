import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { TarrError } from "../../error.ts";
import type { Cidr } from "../../model/address.ts";
import { readCidr } from "../../model/address.ts";
import type { PortId } from "../../model/names.ts";
import { isInterfaceName, isMac, isPortId } from "../../model/names.ts";
import type { ObservedLink } from "../../plan/observed.ts";
import { mustRun } from "../command.ts";
import { hasDiscipline } from "../line/observe.ts";
import { linkGroup, portAlias } from "../ownership.ts";

/** What we read of `ip -json -details address show`; keys of more recent versions pass by. */
const linkShape = v.object({
  ifname: v.string(),
  flags: v.array(v.string()),
  mtu: v.number(),
  qdisc: v.optional(v.string()),
  ifalias: v.optional(v.string()),
  master: v.optional(v.string()),
  group: v.optional(v.string()),
  link_type: v.optional(v.string()),
  address: v.optional(v.string()),
  linkinfo: v.optional(v.object({ info_kind: v.optional(v.string()) })),
  addr_info: v.optional(
    v.array(v.object({ family: v.string(), local: v.optional(v.string()), prefixlen: v.optional(v.number()) })),
  ),
});
type LinkShape = v.InferOutput<typeof linkShape>;

export async function observeLinks(): Promise<readonly ObservedLink[]> {
  return withTapOwners(parseLinks(await mustRun(["ip", "-json", "-details", "address", "show"])));
}

export function withTapOwners(links: readonly ObservedLink[]): Promise<readonly ObservedLink[]> {
  return Promise.all(
    links.map(async (link) => (link.kind === "tun" ? { ...link, tapOwner: await tapOwner(link.name) } : link)),
  );
}

/** @param text what `ip -json -details address show` printed */
export function parseLinks(text: string): readonly ObservedLink[] {
  const parsed = v.safeParse(v.array(v.union([linkShape, v.strictObject({})])), text === "" ? [] : JSON.parse(text));
  if (!parsed.success) throw new TarrError("observe-failed", { what: "ip address", reason: parsed.issues[0].message });
  return parsed.output.flatMap((link) => ("ifname" in link ? toLink(link) : []));
}

function toLink(link: LinkShape): ObservedLink[] {
  // An interface whose name we would never give is none of ours, and never part of a command.
  if (!isInterfaceName(link.ifname)) return [];
  const master = link.master ?? "";
  const mac = link.address ?? "";
  return [
    {
      name: link.ifname,
      kind: link.linkinfo?.info_kind ?? "",
      ethernet: link.link_type === "ether",
      mac: isMac(mac) ? mac : null,
      mtu: link.mtu,
      up: link.flags.includes("UP"),
      carrier: link.flags.includes("LOWER_UP"),
      master: isInterfaceName(master) ? master : null,
      addresses: link.link_type === "loopback" ? [] : addressesOf(link),
      marked: link.group === String(linkGroup),
      tapOwner: null,
      arp: !link.flags.includes("NOARP"),
      promiscuous: link.flags.includes("PROMISC"),
      obstacle: null,
      port: portIn(link.ifalias),
      // Whether it is one of ours, and which, `tc` tells.
      line: hasDiscipline(link.qdisc) ? "altered" : null,
    },
  ];
}

function portIn(alias = ""): PortId | null {
  const id = alias.startsWith(portAlias) ? alias.slice(portAlias.length) : "";
  return isPortId(id) ? id : null;
}

function addressesOf(link: LinkShape): Cidr[] {
  return (link.addr_info ?? []).flatMap((address) => {
    if (address.family !== "inet" || address.local === undefined) return [];
    const cidr = readCidr(`${address.local}/${address.prefixlen ?? 32}`);
    return cidr === null ? [] : [cidr];
  });
}

/** The uid that may open a tap: `ip` prints a name for it, sysfs the number, or -1 for anyone. */
async function tapOwner(name: string): Promise<ObservedLink["tapOwner"]> {
  try {
    const uid = Number(await readFile(`/sys/class/net/${name}/owner`, "utf8"));
    return uid < 0 ? null : uid;
  } catch {
    // Gone since it was listed, or a /sys of another namespace.
    return "unknown";
  }
}
