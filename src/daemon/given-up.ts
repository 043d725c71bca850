import { heldAt, ports } from "../host/dnsmasq/held.ts";
import { paths } from "../host/dnsmasq/paths.ts";
import type { Network } from "../model/network.ts";
import { holderName } from "./probes.ts";
import type { World } from "./reconcile.ts";

/** A service that a network leaves to another program, which has its port at the switch's address. */
export type GivenUp = { readonly service: "dns" | "dhcp"; readonly port: number; readonly holder: string };

/** Told when a network is made: its machines would not resolve each other's names, and nobody would know why. */
export async function givenUp({ folders, probes }: World, network: Network): Promise<readonly GivenUp[]> {
  const place = { switch: network.switch, address: network.address };
  const { withoutDhcp } = paths(`${folders.runtime}/dnsmasq`, network.name);
  const held = await heldAt(place, withoutDhcp);
  const left = (["dns", "dhcp"] as const).filter((service) => held[service]);
  const found = await Promise.all(
    left.map(async (service): Promise<readonly GivenUp[]> => {
      const port = ports[service];
      const holder = await probes.holder(port, { switch: network.switch, address: network.address.address });
      return holder === null ? [] : [{ service, port, holder: await holderName(holder) }];
    }),
  );
  return found.flat();
}
