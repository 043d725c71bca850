import * as v from "valibot";
import type { NetworkShape } from "./document.ts";
import { checkTogether, networkShape, toNetwork } from "./document.ts";
import type { Network } from "./network.ts";
import { settingsOf } from "./network.ts";

/** The networks that users made. */
export const userNetworksPath = "/var/lib/tarr-steps/networks.json";

/** Networks as the service keeps them: as a document has them, and whose they are. */
const owner = v.pipe(v.number(), v.integer(), v.minValue(1));
const keptShape = v.strictObject({
  networks: v.record(v.string(), v.strictObject({ ...networkShape.entries, owner: v.optional(owner) })),
});

/** @throws Error for what is no such text */
export function parseNetworks(text: string): readonly Network[] {
  const { networks } = v.parse(keptShape, JSON.parse(text));
  const locate = () => "1";
  const parsed = Object.entries(networks).map(([name, { owner: uid = null, ...value }], index): Network => {
    const shape: NetworkShape = value;
    return { ...toNetwork({ name, value: shape, index, locate }), owner: uid };
  });
  checkTogether(parsed, locate);
  return parsed;
}

export function formatNetworks(networks: readonly Network[]): string {
  const entries = networks.map((network) => {
    const whose = network.owner === null ? {} : { owner: network.owner };
    const { max, dhcp, switch: on } = network;
    return [network.name, { switch: on, ...settingsOf(network), max, dhcp, ...whose }] as const;
  });
  return JSON.stringify({ networks: Object.fromEntries(entries) });
}
