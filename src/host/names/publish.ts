import { readFile, rename, stat, writeFile } from "node:fs/promises";
import type { Published } from "../../model/published.ts";
import { parsePublished, renderHostsFile } from "../../model/published.ts";
import { run } from "../command.ts";

const hostsPath = "/etc/hosts";
/** The service may run here; what is not a small regular file is not its doing, or not well meant. */
const mostBytes = 1024 * 1024;

/**
 * Makes machines' names resolve on the host: by systemd-resolved where it runs, each switch being asked for its own
 * domain alone; else by a block in /etc/hosts. Runs as root, from the unit tarr-steps-names.service.
 *
 * @param path what the service wrote; a file that is missing publishes nothing, which is how names are taken back
 */
export async function publishNames(path: string): Promise<number> {
  const published = await readPublished(path);
  if (published === null) return 1;
  const resolved = (await run(["systemctl", "is-active", "--quiet", "systemd-resolved.service"])).code === 0;
  if (resolved) await tellResolved(published);
  await writeHosts(resolved ? { networks: published.networks.filter((one) => !one.served) } : published);
  return 0;
}

async function readPublished(path: string): Promise<Published | null> {
  const found = await stat(path).catch(() => null);
  if (found === null) return { networks: [] };
  if (!found.isFile() || found.size > mostBytes) return null;
  return parsePublished(await readFile(path, "utf8"));
}

/** Settings of a link live as long as the link does: nothing is left when the switch goes. */
async function tellResolved(published: Published): Promise<void> {
  for (const network of published.networks) {
    if (!network.served) {
      await run(["resolvectl", "revert", network.interface]);
      continue;
    }
    await run(["resolvectl", "dns", network.interface, network.address]);
    // "~": asked for this domain, and for no other.
    await run(["resolvectl", "domain", network.interface, `~${network.domain}`]);
    await run(["resolvectl", "default-route", network.interface, "no"]);
    // .internal is not in the signed root, and our server signs nothing.
    await run(["resolvectl", "dnssec", network.interface, "no"]);
    await run(["resolvectl", "dnsovertls", network.interface, "no"]);
  }
}

async function writeHosts(published: Published): Promise<void> {
  const text = await readFile(hostsPath, "utf8").catch(() => "");
  const wanted = renderHostsFile(text, published);
  if (wanted === text) return;
  const mode = (await stat(hostsPath).catch(() => null))?.mode ?? 0o644;
  const draft = `${hostsPath}.tarr-steps`;
  await writeFile(draft, wanted, { mode });
  // In a container /etc/hosts is a mount of its own, and cannot be renamed onto.
  await rename(draft, hostsPath).catch(() => writeFile(hostsPath, wanted));
}
