import type { InterfaceName, NetworkName } from "../../model/names.ts";
import { run } from "../command.ts";
import type { GrantedLease } from "./leases.ts";
import { observeLeases } from "./leases.ts";

/** dnsmasq takes a release in milliseconds; one that is lost costs the address until the lease ends. */
const patience = 500;

/**
 * Gives back the lease of a machine that is no more, in its name (dhcp_release(1)): until it ends dnsmasq would give the
 * address to nobody else, and the next machine that it is reserved for would get another one.
 */
export async function releaseLease(
  place: { readonly folder: string; readonly network: NetworkName; readonly switch: InterfaceName },
  lease: GrantedLease,
): Promise<void> {
  await run(["dhcp_release", place.switch, lease.address, lease.mac]);
  const deadline = performance.now() + patience;
  const isThere = async () => (await observeLeases(place.folder, place.network)).some((one) => one.mac === lease.mac);
  while ((await isThere()) && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
}
