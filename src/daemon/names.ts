import { existsSync } from "node:fs";
import { run } from "../host/command.ts";
import { writeWhole } from "../host/files.ts";
import type { GrantedLease } from "../host/dnsmasq/leases.ts";
import type { Ipv4 } from "../model/address.ts";
import type { Port } from "../model/port.ts";
import { addressOf } from "../model/port.ts";
import type { Published } from "../model/published.ts";
import { log } from "./journal.ts";
import type { Wanted } from "./reconcile.ts";

export const publishedPath = "/run/tarr-steps/published.json";
const unit = "tarr-steps-names.service";

/** What the host is to resolve. A stopped network's names stay: starting and stopping it is quicker so. */
export function publishedNames(wanted: Wanted, seen: readonly GrantedLease[]): Published {
  return {
    networks: wanted.networks.map((network) => ({
      interface: network.switch,
      address: network.address.address,
      domain: network.domain,
      served: network.reach !== "bridged",
      names: wanted.ports
        .filter((port) => port.network === network.name)
        .flatMap((port) => {
          const address = network.reach === "bridged" ? seenAs(port, seen) : addressOf(port, network);
          return address === undefined ? [] : [{ address, name: port.name }];
        }),
    })),
  };
}

function seenAs(port: Port, seen: readonly GrantedLease[]): Ipv4 | undefined {
  return seen.find((lease) => lease.mac === port.mac)?.address;
}

/** `anew` publishes although the names are the same: systemd-resolved forgets a link that was deleted. */
export type Publish = (wanted: Wanted, anew: boolean) => void;

/**
 * Publishes names when they differ from those published last, while the caller goes on. Changes that come meanwhile are
 * published together, once. The host's resolver is a convenience: what goes wrong here is logged, and fails nobody.
 */
export function namePublisher(seen: () => readonly GrantedLease[]): Publish {
  let last = "";
  let running: Promise<void> | null = null;
  let next: string | null = null;
  const publish = async () => {
    while (next !== null && next !== last) {
      last = next;
      await writeWhole(publishedPath, last);
      if (!existsSync("/run/systemd/system")) return;
      const result = await run(["systemctl", "--no-ask-password", "start", unit]);
      if (result.code !== 0) log("warning", `names on this host: ${result.stderr.trim()}`);
    }
  };
  return (wanted, anew) => {
    if (anew) last = "";
    next = JSON.stringify(publishedNames(wanted, seen()));
    running ??= publish()
      .catch((error: unknown) => log("warning", `names on this host: ${String(error)}`))
      .finally(() => {
        running = null;
      });
  };
}
