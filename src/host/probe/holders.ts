import { readFile } from "node:fs/promises";
import type { Ipv4 } from "../../model/address.ts";
import type { InterfaceName } from "../../model/names.ts";
import { run } from "../command.ts";

/** Who has a port that ours wants: the user, and the unit where the kernel tells. */
export type PortHolder = { readonly address: string; readonly uid: number; readonly unit: string | null };

/** Where a server of ours is: a switch, and its address. */
export type ServerPlace = { readonly switch: InterfaceName; readonly address: Ipv4 };

/**
 * Who else listens, by UDP or TCP, where a server of ours would. As an ordinary user one learns the socket's owner and its
 * control group, and not its process (proc(5)).
 */
export async function portHolder(port: number, place: ServerPlace): Promise<PortHolder | null> {
  const own = process.getuid?.() ?? -1;
  // What the kernel's own lists do not show is not there, and nearly always nothing is: no program is started for that.
  const lists = ["udp", "udp6", "tcp", "tcp6"].map(async (name) =>
    parseSockets(await readFile(`/proc/net/${name}`, "utf8").catch(() => ""), name.startsWith("tcp")),
  );
  const sockets = (await Promise.all(lists)).flat();
  const isSuspect = (one: OpenSocket) =>
    one.port === port &&
    one.uid !== own &&
    (one.address === "*" || one.address === place.address || linkLocal.test(one.address) || isDhcp(one));
  if (!sockets.some(isSuspect)) return null;
  const { code, stdout } = await run(["ss", "-Hantue", "--cgroup", `sport = :${port}`]);
  return code === 0 ? holderAmong(stdout, port, place) : null;
}

/** @param text of `ss -Hantue --cgroup` */
export function holderAmong(text: string, port: number, place: ServerPlace): PortHolder | null {
  const own = process.getuid?.() ?? -1;
  // The one at just this address before one at any.
  const [holder] = parseListeners(text)
    .filter((one) => one.port === port && one.uid !== own && one.unit?.startsWith("tarr-steps") !== true)
    .filter((one) => isInTheWay(one, port, place))
    .sort((one, other) => other.address.length - one.address.length);
  return holder === undefined ? null : { address: holder.address, uid: holder.uid, unit: holder.unit };
}

/** As the kernel's lists write fe80::/16. */
const linkLocal = /^000080FE/;
const dnsPort = 53;
const dhcpPort = 67;

/** dnsmasq listens for DHCP at any address: one elsewhere that shares the port with nobody is in its way too. */
function isDhcp({ address, port }: Pick<OpenSocket, "address" | "port">): boolean {
  return port === dhcpPort && /^\d+(?:\.\d+){3}$/.test(address);
}

/**
 * dnsmasq answers for names at the switch's own address of IPv6 too, and does not start without it. A socket that is bound
 * to another interface (lxc-net's DHCP) is in nobody's way.
 */
function isInTheWay({ address, device }: Listener, port: number, place: ServerPlace): boolean {
  if (address.startsWith("["))
    return port === dnsPort && (device === place.switch || (device === null && address === "[::]"));
  const isAnywhere = address === "*" || isDhcp({ address, port });
  return address === place.address || (isAnywhere && (device === null || device === place.switch));
}

type OpenSocket = { readonly address: string; readonly port: number; readonly uid: number };

/** @param text `/proc/net/udp` or `tcp6`: addresses in hexadecimal digits, by the machine's own words of four bytes */
export function parseSockets(text: string, isTcp = false): readonly OpenSocket[] {
  return text.split("\n").flatMap((line) => {
    const [, local = "", , state = "", , , , uid = ""] = line.trim().split(/\s+/);
    const [digits = "", port = ""] = local.split(":");
    // TCP: only who listens (include/net/tcp_states.h). UDP: a server may be in conversation with one.
    if (isTcp && state !== "0A") return [];
    if (!/^(?:[0-9A-F]{8}|[0-9A-F]{32})$/.test(digits) || !/^\d+$/.test(uid)) return [];
    const isAny = /^0+$/.test(digits);
    const four = [6, 4, 2, 0].map((at) => Number.parseInt(digits.slice(at, at + 2), 16)).join(".");
    const address = isAny ? "*" : digits.length === 8 ? four : digits;
    return [{ address, port: Number.parseInt(port, 16), uid: Number(uid) }];
  });
}

type Listener = OpenSocket & Pick<PortHolder, "unit"> & { readonly device: string | null };

/** @param text of `ss -Hantue --cgroup`: `0.0.0.0%lxcbr0:67`, `[fe80::1]%vswitch0:53`; `*` is any address of both kinds */
export function parseListeners(text: string): readonly Listener[] {
  return text.split("\n").flatMap((line) => {
    const [kind, state, , , local = ""] = line.trim().split(/\s+/);
    if (kind === "tcp" && state !== "LISTEN") return [];
    const [, address = "", device = null, port = ""] = /^(\[[^\]]+\]|[^%:]+)(?:%([^:]+))?:(\d+)$/.exec(local) ?? [];
    if (port === "") return [];
    const uid = Number(/\suid:(\d+)/.exec(line)?.[1] ?? 0);
    const unit = /\scgroup:\S*\/([\w@.:\\-]+\.(?:service|scope))/.exec(line)?.[1] ?? null;
    return [{ address: address === "0.0.0.0" ? "*" : address, device, port: Number(port), uid, unit }];
  });
}
