import * as v from "valibot";
import { isIpv4 } from "./address.ts";
import { renderBlock } from "./block.ts";
import { isDomain, isInterfaceName, isMachineName } from "./names.ts";

/**
 * What the host's own resolver is to know. Written by the service, read by a program with root's rights, which takes
 * nothing in it for more than addresses and names.
 */
const publishedShape = v.object({
  networks: v.array(
    v.object({
      interface: v.pipe(v.string(), v.guard(isInterfaceName)),
      address: v.pipe(v.string(), v.guard(isIpv4)),
      domain: v.pipe(v.string(), v.guard(isDomain)),
      /** Its own server knows its names; else the host alone does. */
      served: v.optional(v.boolean(), true),
      names: v.array(
        v.object({ address: v.pipe(v.string(), v.guard(isIpv4)), name: v.pipe(v.string(), v.guard(isMachineName)) }),
      ),
    }),
  ),
});
export type Published = v.InferOutput<typeof publishedShape>;

/** @returns null for what is not such a text */
export function parsePublished(text: string): Published | null {
  try {
    const parsed = v.safeParse(publishedShape, JSON.parse(text));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

const block = {
  begin: "# tarr-steps: names of machines. Made by the service; lines between these two are lost.",
  ours: /^\d+\.\d+\.\d+\.\d+ [a-z0-9-]+\.[a-z0-9.-]+$/,
};

/** /etc/hosts (hosts(5)) with our block renewed, or without it when there is nothing to say; all else stays. */
export function renderHostsFile(text: string, published: Published): string {
  const lines = published.networks.flatMap((network) =>
    network.names.map(({ address, name }) => `${address} ${name}.${network.domain}`),
  );
  return renderBlock(text, block, lines);
}
