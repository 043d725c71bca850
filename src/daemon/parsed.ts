import type { Document } from "../model/document.ts";
import { parseDocument } from "../model/document.ts";
import { parseNetworks } from "../model/kept.ts";
import type { Network } from "../model/network.ts";

/** The document, what is in force, and the one being put into force: more texts are not about at one time. */
const mostRemembered = 4;

/** `parseDocument`, once for each text: a request reads the same two texts again and again, at 2 ms each. */
export const parseOnce: (text: string) => Document = remembering(parseDocument);

/** `parseNetworks`, in the same way. */
export const parseNetworksOnce: (text: string) => readonly Network[] = remembering(parseNetworks);

function remembering<Value>(parse: (text: string) => Value): (text: string) => Value {
  const remembered = new Map<string, Value>();
  return (text) => {
    const known = remembered.get(text);
    if (known !== undefined) return known;
    const parsed = parse(text);
    const [oldest] = remembered.keys();
    if (remembered.size >= mostRemembered && oldest !== undefined) remembered.delete(oldest);
    remembered.set(text, parsed);
    return parsed;
  };
}
