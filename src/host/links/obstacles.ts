import { access, readFile } from "node:fs/promises";
import type { ObservedLink } from "../../plan/observed.ts";

const classes = "/sys/class/net";
/** EtherType of 802.1X (EAP over LAN), as proc prints it. */
const eapol = "888e";

/** Which of these can carry the frames of no machine but this one. */
export async function withObstacles(links: readonly ObservedLink[]): Promise<readonly ObservedLink[]> {
  const authenticated = authenticatedIndexes(await readFile("/proc/net/packet", "utf8").catch(() => ""));
  return Promise.all(
    links.map(async (link) => {
      if (!link.ethernet || link.marked) return link;
      if (await isWireless(link.name)) return { ...link, obstacle: "wireless" as const };
      if (authenticated.size === 0) return link;
      const index = (await readFile(`${classes}/${link.name}/ifindex`, "utf8").catch(() => "")).trim();
      return authenticated.has(index) ? { ...link, obstacle: "authenticated" as const } : link;
    }),
  );
}

async function isWireless(name: string): Promise<boolean> {
  const found = await Promise.all(
    ["wireless", "phy80211"].map((entry) =>
      access(`${classes}/${name}/${entry}`).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

/**
 * Interfaces on which a program waits for EAP frames: wpa_supplicant, whoever started it (ifupdown, NetworkManager, a
 * unit of systemd's). Others' processes are not for us to see, their packet sockets are.
 *
 * @param text /proc/net/packet
 */
export function authenticatedIndexes(text: string): ReadonlySet<string> {
  const rows = text
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
  return new Set(rows.flatMap(([, , , protocol, index]) => (protocol === eapol && index !== undefined ? [index] : [])));
}
