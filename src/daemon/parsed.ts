import type { Document } from "../model/document.ts";
import { parseDocument } from "../model/document.ts";

/** The document, what is in force, and the one being put into force: more texts are not about at one time. */
const mostRemembered = 4;
const remembered = new Map<string, Document>();

/** `parseDocument`, once for each text: a request reads the same two texts again and again, at 2 ms each. */
export function parseOnce(text: string): Document {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const parsed = parseDocument(text);
  const [oldest] = remembered.keys();
  if (remembered.size >= mostRemembered && oldest !== undefined) remembered.delete(oldest);
  remembered.set(text, parsed);
  return parsed;
}
