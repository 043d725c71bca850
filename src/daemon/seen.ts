import { readFileSync } from "node:fs";
import * as v from "valibot";
import type { GrantedLease } from "../host/dnsmasq/leases.ts";
import { writeWhole } from "../host/files.ts";
import type { SeenAddress } from "../host/splice/seen.ts";
import { addressIn } from "../host/splice/seen.ts";
import type { Ipv4 } from "../model/address.ts";
import { contains, isIpv4 } from "../model/address.ts";
import type { InterfaceName, Mac } from "../model/names.ts";
import { isMac } from "../model/names.ts";
import type { RuleSet } from "../plan/desired.ts";
import type { SpliceRules } from "../plan/splice.ts";
import { addressFilter } from "../runtime/packet-filter.ts";
import type { PacketSocket } from "../runtime/packet-socket.ts";
import { openPacketSocket } from "../runtime/packet-socket.ts";
import { log } from "./journal.ts";

/**
 * The addresses of machines in bridged networks: the LAN's own servers give them, and nobody tells us. So we look at what
 * passes, where it passes: ARP of our machines' MACs, and grants of addresses to these.
 */
export type SeenAddresses = {
  /** Looks there from now on, and nowhere else. */
  readonly follow: (rules: RuleSet) => void;
  readonly leases: () => readonly GrantedLease[];
};

const savedShape = v.record(
  v.pipe(v.string(), v.guard(isMac)),
  v.object({ address: v.pipe(v.string(), v.guard(isIpv4)), granted: v.number() }),
);
type Saved = { readonly address: Ipv4; readonly granted: number };

/** @param plan.path where they are kept: a machine that is silent is still known when the service was started anew */
export function seenAddresses(plan: { readonly path: string; readonly onChange: () => void }): SeenAddresses {
  const seen = new Map(Object.entries(readSaved(plan.path)) as [Mac, Saved][]);
  const sockets = new Map<InterfaceName, PacketSocket>();
  let followed: readonly SpliceRules[] = [];
  const save = saver(plan.path);
  const note = (on: InterfaceName, one: SeenAddress | null) => {
    const rules = followed.find(({ splice }) => splice.interface === on);
    if (one === null || rules === undefined || !isOwn(rules, one)) return;
    const before = seen.get(one.mac)?.address;
    seen.set(one.mac, { address: one.address, granted: Math.floor(Date.now() / 1000) });
    if (before === one.address) return;
    save(seen);
    plan.onChange();
  };
  return {
    leases: () => [...seen].map(([mac, one]) => ({ mac, ...one })),
    follow: ({ networks, splices }) => {
      followed = splices;
      const wanted = new Set(splices.map(({ splice }) => splice.interface));
      for (const [name, socket] of sockets) {
        if (wanted.has(name) && socket.isOpen()) continue;
        socket.close();
        sockets.delete(name);
      }
      for (const name of wanted) {
        if (sockets.has(name)) continue;
        const socket = listen(name, (frame) => note(name, addressIn(frame)));
        if (socket !== null) sockets.set(name, socket);
      }
      // While a NIC is away its machines keep what they have; in another reach they have other addresses.
      if (splices.length === 0 && networks.some(({ reach }) => reach === "bridged")) return;
      const macs = new Set(splices.flatMap((one) => one.macs));
      const gone = [...seen.keys()].filter((mac) => !macs.has(mac));
      for (const mac of gone) seen.delete(mac);
      if (gone.length > 0) save(seen);
    },
  };
}

/** One of our machines', and an address that it may have there: a name of the host's must not lead to somebody else. */
function isOwn({ macs, subnets, reserved }: SpliceRules, { mac, address }: SeenAddress): boolean {
  if (!macs.includes(mac) || reserved.includes(address)) return false;
  return subnets.length === 0 || subnets.some((subnet) => contains(subnet, address));
}

function listen(on: InterfaceName, onFrame: (frame: Uint8Array) => void): PacketSocket | null {
  try {
    return openPacketSocket({ interface: on, etherType: "all", filter: addressFilter(), onFrame });
  } catch (error) {
    log("warning", `addresses on ${on}: ${String(error)}`);
    return null;
  }
}

function readSaved(path: string): v.InferOutput<typeof savedShape> {
  try {
    const parsed = v.safeParse(savedShape, JSON.parse(readFileSync(path, "utf8")));
    return parsed.success ? parsed.output : {};
  } catch {
    return {};
  }
}

/** One writing after the other: two would write one draft. */
function saver(path: string): (seen: ReadonlyMap<Mac, Saved>) => void {
  let last = Promise.resolve();
  return (seen) => {
    const text = `${JSON.stringify(Object.fromEntries(seen))}\n`;
    last = last
      .then(() => writeWhole(path, text))
      .catch((error: unknown) => log("warning", `addresses: ${String(error)}`));
  };
}
