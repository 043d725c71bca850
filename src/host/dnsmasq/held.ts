import type { NameService } from "../../plan/desired.ts";
import { exists } from "../files.ts";
import type { ServerPlace } from "../probe/holders.ts";
import { portHolder } from "../probe/holders.ts";

/** Which services at a switch's address another program has already. Ours leaves them to it, and serves the other. */
export type Held = { readonly dns: boolean; readonly dhcp: boolean };

export const nothingHeld: Held = { dns: false, dhcp: false };
export const ports = { dns: 53, dhcp: 67 } as const;

type Place = Pick<NameService, "switch" | "address">;

/**
 * Two programs may listen at one address by UDP, and each gets some of the questions: then ours gives way. DHCP servers of
 * different networks share a port by design; that one of them would not is known when ours could not start.
 *
 * @param withoutDhcp a file that is there when ours could not start with DHCP
 */
export async function heldAt(service: Place, withoutDhcp: string): Promise<Held> {
  const isHeld = async (port: number) => (await portHolder(port, placeOf(service))) !== null;
  const [dns, isMarked] = await Promise.all([isHeld(ports.dns), exists(withoutDhcp)]);
  return { dns, dhcp: isMarked && (await isHeld(ports.dhcp)) };
}

export function placeOf({ switch: on, address }: Place): ServerPlace {
  return { switch: on, address: address.address };
}
