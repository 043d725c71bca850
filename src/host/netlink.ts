import { TarrError } from "../error.ts";
import type { Ipv4 } from "../model/address.ts";
import { isIpv4 } from "../model/address.ts";
import type { Mac } from "../model/names.ts";
import { isMac } from "../model/names.ts";
import { netlinkList } from "../runtime/netlink.ts";

/** A message of the kernel's: a structure of a fixed length, and attributes by their numbers (rtnetlink(7)). */
export type Message = { readonly fixed: DataView; readonly attributes: Attributes };
export type Attributes = ReadonlyMap<number, Uint8Array>;

/** What is asked, and how long the structure is that each answer begins with. */
export type Question = {
  readonly what: string;
  readonly type: number;
  readonly request: Uint8Array;
  readonly fixed: number;
};

/** The messages of a list, without their headers. @throws TarrError `observe-failed` */
export function netlinkAnswers({ what, type, request }: Question): readonly Uint8Array[] {
  try {
    return netlinkList(type, request);
  } catch (error) {
    throw new TarrError("observe-failed", { what, reason: error instanceof Error ? error.message : String(error) });
  }
}

/** @throws TarrError `observe-failed` when a message is shorter than it must be */
export function readMessage({ what, fixed }: Question, bytes: Uint8Array): Message {
  if (bytes.length < fixed) throw new TarrError("observe-failed", { what, reason: `${bytes.length} < ${fixed}` });
  return { fixed: viewOf(bytes), attributes: attributesIn(bytes.subarray(fixed)) };
}

/** Nested attributes have the same form. */
export function attributesIn(bytes: Uint8Array): Attributes {
  const view = viewOf(bytes);
  const found = new Map<number, Uint8Array>();
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = view.getUint16(at, true);
    if (length < 4) break;
    // The two highest bits tell how the rest is written.
    found.set(view.getUint16(at + 2, true) & 0x3fff, bytes.subarray(at + 4, at + length));
    at += (length + 3) & ~3;
  }
  return found;
}

export function numberIn(attributes: Attributes, type: number): number | null {
  const bytes = attributes.get(type);
  if (bytes === undefined) return null;
  return bytes.length >= 4 ? viewOf(bytes).getUint32(0, true) : (bytes[0] ?? null);
}

export function textIn(attributes: Attributes, type: number): string {
  const text = new TextDecoder().decode(attributes.get(type));
  return text.split("\0", 1)[0] ?? "";
}

export function addressIn(attributes: Attributes, type: number): Ipv4 | null {
  const bytes = attributes.get(type);
  const text = bytes?.length === 4 ? bytes.join(".") : "";
  return isIpv4(text) ? text : null;
}

export function macIn(attributes: Attributes, type: number): Mac | null {
  const hex = Buffer.from(attributes.get(type) ?? []).toString("hex");
  const text = hex.replaceAll(/(?<=.)(?=(..)+$)/g, ":");
  return isMac(text) ? text : null;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
