import { existsSync } from "node:fs";
import { TarrError } from "../error.ts";
import { run } from "../host/command.ts";
import { writeWhole } from "../host/files.ts";
import { providerTraits } from "../model/machine.ts";
import type { Usernet } from "../model/usernet.ts";
import { log } from "./journal.ts";
import type { Wanted } from "./reconcile.ts";

export const usernetPath = "/run/tarr-steps/usernet.json";
const unit = "tarr-steps-usernet.service";

/** Users who have ports for machines whose hypervisor plugs them in itself, by a setuid program that asks a file. */
export function usernetOf({ networks, ports }: Wanted, count: number): Usernet {
  const own = ports.filter((port) => providerTraits[port.kind].joins === "own-interface");
  const users = networks.flatMap((network) =>
    [...new Set(own.filter((port) => port.network === network.name).map((port) => port.owner))]
      // root needs no leave, and has no line.
      .filter((uid) => uid !== 0)
      .sort((one, other) => one - other)
      .map((uid) => ({ uid, switch: network.switch, count })),
  );
  return { users };
}

/** Has the lines written that these users need. @throws TarrError `usernet-failed` */
export type KeepUsernet = (wanted: Wanted, count: number) => Promise<void>;

export function usernetKeeper(): KeepUsernet {
  let last: string | null = null;
  return async (wanted, count) => {
    const text = JSON.stringify(usernetOf(wanted, count));
    if (text === last || (last === null && text === '{"users":[]}' && !existsSync(usernetPath))) return;
    await writeWhole(usernetPath, text);
    if (!existsSync("/run/systemd/system")) return;
    const result = await run(["systemctl", "--no-ask-password", "start", unit]);
    if (result.code !== 0) {
      log("error", `${unit}: ${result.stderr.trim()}`);
      throw new TarrError("usernet-failed", { user: "", said: result.stderr.trim() });
    }
    last = text;
  };
}
