import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import type { InterfaceName, Mac } from "../model/names.ts";
import { isMac } from "../model/names.ts";
import { TarrError } from "../error.ts";

/** What tells this computer from others. machine-id(5) is to be kept from the network: all that leaves here is hashed. */
export type Identity = {
  /** For the MACs of machines that a lab file makes: 16 hexadecimal digits, the same for ever. */
  readonly computer: string;
  /** A switch's MAC: the same on this host for ever, another one on the next host (lxc-net's is a constant). */
  readonly macOf: (name: InterfaceName) => Mac;
};

/**
 * Serial numbers of the hardware (SMBIOS 3.7 §7.2, Devicetree 0.4 §3.2). Classrooms are copied from one disk, often with its
 * machine-id: two computers then gave their machines the same MACs. Root alone may read the first three.
 */
const serials = [
  "/sys/class/dmi/id/product_uuid",
  "/sys/class/dmi/id/product_serial",
  "/sys/class/dmi/id/board_serial",
  "/sys/firmware/devicetree/base/serial-number",
];

export async function readIdentity(): Promise<Identity> {
  const installation = (await textOf("/etc/machine-id")) || hostname();
  const hardware = (await Promise.all(serials.map(textOf))).filter((text) => text !== "");
  const computer = [installation, ...hardware].join(" ");
  const known = new Map<InterfaceName, Mac>();
  return {
    computer: hash(`tarr-steps computer ${computer}`).toString("hex").slice(0, 16),
    macOf: (name) => {
      const mac = known.get(name) ?? switchMac(name, { installation, computer });
      known.set(name, mac);
      return mac;
    },
  };
}

type Named = { readonly installation: string; readonly computer: string };

/** A switch of before, named by the installation alone, keeps its MAC while it is there: its guests know it by that. */
function switchMac(name: InterfaceName, { installation, computer }: Named): Mac {
  const before = macFrom(`${installation} ${name}`);
  return addressNow(name) === before ? before : macFrom(`${computer} ${name}`);
}

function macFrom(text: string): Mac {
  const bytes = hash(`tarr-steps ${text}`).subarray(0, 5);
  // 02: locally administered, unicast (IEEE 802-2014 §8.4)
  const mac = `02:${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":")}`;
  if (!isMac(mac)) throw new TarrError("bug", { reason: mac });
  return mac;
}

function addressNow(name: InterfaceName): string {
  try {
    return readFileSync(`/sys/class/net/${name}/address`, "utf8").trim();
  } catch {
    return "";
  }
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** Empty where there is none. A string of the device tree ends with a zero byte. */
async function textOf(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.replaceAll("\0", "").trim();
}
