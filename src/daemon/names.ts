import { existsSync } from "node:fs";
import { run } from "../host/command.ts";
import { writeWhole } from "../host/files.ts";
import { addressOf } from "../model/port.ts";
import type { Published } from "../model/published.ts";
import { log } from "./journal.ts";
import type { Wanted } from "./reconcile.ts";

export const publishedPath = "/run/tarr-steps/published.json";
const unit = "tarr-steps-names.service";

/** What the host is to resolve. A stopped network's names stay: starting and stopping it is quicker so. */
export function publishedNames(wanted: Wanted): Published {
  return {
    networks: wanted.networks.map((network) => ({
      interface: network.switch,
      address: network.address.address,
      domain: network.domain,
      names: wanted.ports
        .filter((port) => port.network === network.name)
        .map((port) => ({ address: addressOf(port, network), name: port.name })),
    })),
  };
}

/** `anew` publishes although the names are the same: systemd-resolved forgets a link that was deleted. */
export type Publish = (wanted: Wanted, anew: boolean) => void;

/**
 * Publishes names when they differ from those published last, while the caller goes on. Changes that come meanwhile are
 * published together, once. The host's resolver is a convenience: what goes wrong here is logged, and fails nobody.
 */
export function namePublisher(): Publish {
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
    next = JSON.stringify(publishedNames(wanted));
    running ??= publish()
      .catch((error: unknown) => log("warning", `names on this host: ${String(error)}`))
      .finally(() => {
        running = null;
      });
  };
}
