import { run } from "../../host/command.ts";

/** Ids of the host's that a user may use beside the own one (subuid(5)). */
export type Range = { readonly start: number; readonly count: number };

/** Who is who in a container: its root is the user; its other ids are the user's subordinate ones, if there are any. */
export type IdMap = {
  readonly uid: number;
  readonly gid: number;
  readonly others: { readonly users: Range; readonly groups: Range } | null;
};

/** Ids from 1 to 65535: all that Debian gives out, nobody's 65534 among them. */
const usefulIds = 65_535;

/**
 * The map for the caller's containers. An account of a directory often has no subordinate ids: then its own is the only
 * one inside.
 */
export async function findIds(): Promise<IdMap> {
  const name = (await run(["id", "-un"])).stdout.trim();
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const ask = (...options: string[]) => run(["getsubids", ...options, name]).catch(() => null);
  const [users, groups] = await Promise.all([ask(), ask("-g")]);
  const ranges = { users: largestRange(users?.stdout ?? ""), groups: largestRange(groups?.stdout ?? "") };
  return { ...own, others: ranges.users && ranges.groups ? { users: ranges.users, groups: ranges.groups } : null };
}

/** Reads what getsubids(1) prints: "0: etu 100000 65536". */
export function largestRange(printed: string): Range | null {
  const found = [...printed.matchAll(/^\d+: .* (\d+) (\d+)$/gm)]
    .map(([, start, count]) => ({ start: Number(start), count: Math.min(Number(count), usefulIds) }))
    .filter(({ count }) => count > 0);
  return found.reduce<Range | null>((best, one) => (best !== null && best.count >= one.count ? best : one), null);
}

/** Each line of the map as LXC writes it, in a configuration (`u 0 1000 1`) or, with colons, for lxc-usernsexec(1). */
export function mapEntries({ uid, gid, others }: IdMap, separator: " " | ":"): readonly string[] {
  const own = [
    ["u", 0, uid, 1],
    ["g", 0, gid, 1],
  ];
  const subordinate =
    others === null
      ? []
      : [
          ["u", 1, others.users.start, others.users.count],
          ["g", 1, others.groups.start, others.groups.count],
        ];
  return [...own, ...subordinate].map((entry) => entry.join(separator));
}
