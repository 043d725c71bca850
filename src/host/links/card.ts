import { readFile } from "node:fs/promises";
import { TarrError } from "../../error.ts";
import type { InterfaceName, Mac } from "../../model/names.ts";
import { isMac } from "../../model/names.ts";

/** The MAC that an interface speaks with now. @throws TarrError `packet-socket-failed` when it is not there, or has none */
export async function macOfCard(name: InterfaceName): Promise<Mac> {
  const text = await readFile(`/sys/class/net/${name}/address`, "utf8").catch(() => "");
  const mac = text.trim();
  if (!isMac(mac)) throw new TarrError("packet-socket-failed", { interface: name, reason: "ENODEV" });
  return mac;
}

/**
 * How often the interface's link came or went (`carrier_changes` of the kernel's ABI, sysfs-class-net): two looks at a link
 * that is there tell whether it was away between them. Null while it is away.
 */
export async function linkChanges(name: InterfaceName): Promise<number | null> {
  const read = (file: string) => readFile(`/sys/class/net/${name}/${file}`, "utf8").catch(() => "");
  const [carrier, changes] = await Promise.all([read("carrier"), read("carrier_changes")]);
  return carrier.trim() === "1" ? Number(changes) : null;
}
