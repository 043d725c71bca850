import { readFile } from "node:fs/promises";
import type { Ipv4 } from "../../model/address.ts";
import { run } from "../command.ts";

/** Who has a port that ours wants: the user, and the unit where the kernel tells. */
export type PortHolder = { readonly address: string; readonly uid: number; readonly unit: string | null };

/**
 * Who else listens on a UDP port where a server at this address would. As an ordinary user one learns the socket's owner
 * and its control group, and not its process (proc(5)).
 */
export async function portHolder(port: number, address: Ipv4): Promise<PortHolder | null> {
  const [four, six] = await Promise.all(
    ["udp", "udp6"].map((name) => readFile(`/proc/net/${name}`, "utf8").catch(() => "")),
  );
  const own = process.getuid?.() ?? -1;
  const found = [...parseSockets(four ?? ""), ...parseSockets(six ?? "")].find(
    (one) => one.port === port && (one.address === "*" || one.address === address) && one.uid !== own,
  );
  if (found === undefined) return null;
  return { address: found.address, uid: found.uid, unit: await unitAt(port) };
}

type OpenSocket = { readonly address: string; readonly port: number; readonly uid: number };

/** @param text `/proc/net/udp` or `udp6`: addresses in hexadecimal digits, by the machine's own words of four bytes */
export function parseSockets(text: string): readonly OpenSocket[] {
  return text.split("\n").flatMap((line) => {
    const [, local = "", , , , , , uid = ""] = line.trim().split(/\s+/);
    const [digits = "", port = ""] = local.split(":");
    if (!/^(?:[0-9A-F]{8}|[0-9A-F]{32})$/.test(digits) || !/^\d+$/.test(uid)) return [];
    const isAny = /^0+$/.test(digits);
    const four = [6, 4, 2, 0].map((at) => Number.parseInt(digits.slice(at, at + 2), 16)).join(".");
    const address = isAny ? "*" : digits.length === 8 ? four : digits;
    return [{ address, port: Number.parseInt(port, 16), uid: Number(uid) }];
  });
}

/** The unit of systemd's that a listener runs in, by its control group. Ours are not meant. */
async function unitAt(port: number): Promise<string | null> {
  const { code, stdout } = await run(["ss", "-Hlun", "--cgroup", `sport = :${port}`]);
  const units = [...stdout.matchAll(/cgroup:\S*\/([\w@.:-]+\.(?:service|scope))/g)].map(([, unit = ""]) => unit);
  return code === 0 ? (units.find((unit) => !unit.startsWith("tarr-steps")) ?? null) : null;
}
