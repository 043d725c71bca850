/** What a person would see with `ip` and `nft`. */
import { until } from "../room/processes.ts";
import type { Stage } from "./stage.ts";

export type Link = {
  readonly ifname: string;
  readonly address: string;
  readonly mtu: number;
  readonly flags: readonly string[];
  readonly master?: string;
  readonly group?: string;
  readonly ifindex: number;
  readonly linkinfo?: { readonly info_kind?: string };
  readonly addr_info: readonly { readonly family: string; readonly local: string; readonly prefixlen: number }[];
};

export async function links(stage: Stage): Promise<ReadonlyMap<string, Link>> {
  const all = JSON.parse(await stage.must("ip -j -d address show")) as Link[];
  return new Map(all.map((link) => [link.ifname, link]));
}

export async function linkNames(stage: Stage): Promise<readonly string[]> {
  return [...(await links(stage)).keys()].sort();
}

/** @throws Error when there is no such interface */
export async function link(stage: Stage, name: string): Promise<Link> {
  const found = (await links(stage)).get(name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

export function addresses(of: Link): readonly string[] {
  return of.addr_info.filter(({ family }) => family === "inet").map(({ local, prefixlen }) => `${local}/${prefixlen}`);
}

export function hasCarrier(of: Link): boolean {
  return of.flags.includes("LOWER_UP");
}

/** Our rules as nft prints them, or "" when our table is not there. */
export async function rules(stage: Stage): Promise<string> {
  return (await stage.sh("nft list table inet tarr_steps")).stdout;
}

/** All tables there are: nobody else's may come or go. */
export async function tables(stage: Stage): Promise<readonly string[]> {
  const listing = JSON.parse(await stage.must("nft -j list tables")) as {
    nftables: { table?: { family: string; name: string } }[];
  };
  return listing.nftables.flatMap(({ table }) => (table === undefined ? [] : [`${table.family} ${table.name}`]));
}

export async function forwards(stage: Stage, name: string): Promise<boolean> {
  return (await stage.sh(`cat /proc/sys/net/ipv4/conf/${name}/forwarding`)).stdout.trim() === "1";
}

/** The process ids, in the stage, of every dnsmasq that is not a zombie. */
export async function dnsmasqs(stage: Stage): Promise<readonly string[]> {
  const { stdout } = await stage.sh("ps -o pid=,stat= -C dnsmasq");
  return stdout.split("\n").flatMap((line) => {
    const [pid = "", state = ""] = line.trim().split(/\s+/);
    return pid === "" || state.startsWith("Z") ? [] : [pid];
  });
}

/** Everything that the service is in charge of, to be compared with what it is later. */
export async function picture(stage: Stage): Promise<string> {
  const seen = [...(await links(stage)).values()].map((one) => {
    const { ifname, ifindex, address, mtu, master, group } = one;
    return { ifname, ifindex, address, mtu, master, group, addresses: addresses(one), up: one.flags.includes("UP") };
  });
  const forwarding = await stage.must("grep . /proc/sys/net/ipv4/conf/*/forwarding");
  return JSON.stringify([seen, await rules(stage), forwarding, await dnsmasqs(stage)], null, 1);
}

/**
 * Runs a line that changes what is the service's, and answers when the service has told what it does about it and wants
 * nothing more. Whether the change could be seen in between is a matter of who is quicker, and is not asked.
 */
export async function repaired(stage: Stage, line: string, within: number): Promise<void> {
  const before = stage.said.length;
  await stage.must(line);
  const told = () => /^<5>step /m.test(stage.said.slice(before)) || undefined;
  await until(`a repair after: ${line}`, told, within);
  await until(`its end after: ${line}`, async () => (await stage.planCode()) === 0 || undefined, within);
}
