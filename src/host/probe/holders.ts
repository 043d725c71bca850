import { readFile } from "node:fs/promises";
import type { Ipv4 } from "../../model/address.ts";
import { run } from "../command.ts";

/** Who has a port that ours wants: the user, and the unit where the kernel tells. */
export type PortHolder = { readonly address: string; readonly uid: number; readonly unit: string | null };

/**
 * Who else listens on a UDP port where a server at this address would. As an ordinary user one learns the socket's owner
 * and its control group, and not its process (proc(5)).
 */
export async function portHolder(port: number, address: Ipv4, device: string): Promise<PortHolder | null> {
  const told = await run(["ss", "-Hlune", "--cgroup", `sport = :${port}`]);
  if (told.code === 0) return holderIn(told.stdout, { address, device });
  const [four, six] = await Promise.all(
    ["udp", "udp6"].map((name) => readFile(`/proc/net/${name}`, "utf8").catch(() => "")),
  );
  const own = process.getuid?.() ?? -1;
  const found = [...parseSockets(four ?? ""), ...parseSockets(six ?? "")].find(
    (one) => one.port === port && (one.address === "*" || one.address === address) && one.uid !== own,
  );
  if (found === undefined) return null;
  return { address: found.address, uid: found.uid, unit: null };
}

/**
 * Who stands in the way of a server at this address of this interface. A socket that is bound to another interface is
 * none: the dnsmasq of lxc-net and of libvirt listens on all addresses of its own bridge alone.
 *
 * @param text what `ss -Hlune --cgroup` prints of one port
 */
export function holderIn(text: string, at: Place): PortHolder | null {
  const own = process.getuid?.() ?? -1;
  const found = text
    .split("\n")
    .flatMap(parseListener)
    .filter(({ uid, unit }) => uid !== own && unit?.startsWith("tarr-steps") !== true)
    .filter(({ address }) => address === "*" || address === at.address)
    .find(({ device }) => device === "" || device === at.device);
  return found === undefined ? null : { address: found.address, uid: found.uid, unit: found.unit };
}

type Place = { readonly address: Ipv4; readonly device: string };

/** `UNCONN 0 0 0.0.0.0%lxcbr0:67 0.0.0.0:* uid:110 ino:1 cgroup:/system.slice/lxc-net.service`; root's uid is left out. */
function parseListener(line: string): readonly (PortHolder & { readonly device: string })[] {
  const local = line.trim().split(/\s+/)[3] ?? "";
  const [whole, address = "", device = ""] = /^\[?([\w.:*]+?)\]?(?:%([^:\]]+)\]?)?:\d+$/.exec(local) ?? [];
  if (whole === undefined) return [];
  const uid = Number(/\buid:(\d+)/.exec(line)?.[1] ?? 0);
  const unit = /cgroup:\S*\/([\w@.:\\-]+\.(?:service|scope))/.exec(line)?.[1] ?? null;
  return [{ address: ["0.0.0.0", "::"].includes(address) ? "*" : address, device, uid, unit }];
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
