import { half, join, readHalf } from "../packet/bytes.ts";

const headerLength = 12;
const typeAddress = 1;
const classInternet = 1;
const recursionDesired = 0x0100;
const isAnswerBit = 0x8000;
const codeMask = 0x000f;

/** A question for a name's IPv4 addresses (RFC 1035 §4). */
export function buildQuestion(id: number, name: string): Uint8Array {
  const encoder = new TextEncoder();
  const labels = name.split(".").map((label) => join(Uint8Array.of(label.length), encoder.encode(label)));
  const head = join(half(id), half(recursionDesired), half(1), new Uint8Array(6));
  return join(head, ...labels, Uint8Array.of(0), half(typeAddress), half(classInternet));
}

/** Whether the answer to this question has addresses; null for what is no answer to it. */
export function readAnswer(id: number, bytes: Uint8Array): boolean | null {
  if (bytes.length < headerLength || readHalf(bytes, 0) !== id) return null;
  const flags = readHalf(bytes, 2);
  if ((flags & isAnswerBit) === 0) return null;
  return (flags & codeMask) === 0 && readHalf(bytes, 6) > 0;
}
