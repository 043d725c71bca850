import * as v from "valibot";
import { isIpv4 } from "./address.ts";
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

const begin = "# tarr-steps: names of machines. Made by the service; lines between these two are lost.";
const end = "# tarr-steps: end";
/** As we write a line: people put tabs, more names or a bare name. */
const ours = /^\d+\.\d+\.\d+\.\d+ [a-z0-9-]+\.[a-z0-9.-]+$/;

/** /etc/hosts (hosts(5)) with our block renewed, or without it when there is nothing to say; all else stays. */
export function renderHostsFile(text: string, published: Published): string {
  const kept = withoutBlock(text);
  const lines = published.networks.flatMap((network) =>
    network.names.map(({ address, name }) => `${address} ${name}.${network.domain}`),
  );
  if (lines.length === 0) return kept;
  const separator = kept === "" || kept.endsWith("\n") ? "" : "\n";
  return `${kept}${separator}${[begin, ...lines, end].join("\n")}\n`;
}

/** A block whose end somebody deleted ends with the last line that looks like ours. */
function withoutBlock(text: string): string {
  const lines = text.split("\n");
  const start = lines.indexOf(begin);
  if (start < 0) return text;
  const marked = lines.indexOf(end, start);
  const behind = lines.findIndex((line, index) => index > start && !ours.test(line));
  const stop = marked >= 0 ? marked : (behind < 0 ? lines.length : behind) - 1;
  return [...lines.slice(0, start), ...lines.slice(stop + 1)].join("\n");
}
