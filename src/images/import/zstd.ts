/** What is read next of a frame (RFC 8878 §3.1). */
type Phase = "magic" | "skippable" | "header" | "block";

const lengths: Readonly<Record<Phase, number>> = { magic: 4, skippable: 4, header: 1, block: 3 };
const isSkippable = (magic: number) => (magic & 0xfffffff0) >>> 0 === 0x184d2a50;

/**
 * Passes the bytes of a zstd file on, and fails where they end within a frame: the decompressor takes half of a file for
 * all of it.
 */
export async function* wholeFrames(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let phase: Phase = "magic";
  let held = Buffer.alloc(0);
  let skip = 0;
  let trailer = 0;
  for await (const piece of bytes) {
    for (let rest = Buffer.from(piece); rest.length > 0;) {
      if (skip > 0) {
        const passed = Math.min(skip, rest.length);
        skip -= passed;
        rest = rest.subarray(passed);
        continue;
      }
      const lacking = lengths[phase] - held.length;
      held = Buffer.concat([held, rest.subarray(0, lacking)]);
      rest = rest.subarray(lacking);
      if (held.length < lengths[phase]) break;
      const read = nextOf(phase, held, trailer);
      ({ phase, skip, trailer } = read);
      held = Buffer.alloc(0);
    }
    yield piece;
  }
  if (phase !== "magic" || skip > 0 || held.length > 0) throw new Error("zstd: unexpected end of file");
}

type Next = { readonly phase: Phase; readonly skip: number; readonly trailer: number };

/** @param trailer bytes of the checksum behind the last block */
function nextOf(phase: Phase, held: Buffer, trailer: number): Next {
  switch (phase) {
    case "magic":
      return { phase: isSkippable(held.readUInt32LE(0)) ? "skippable" : "header", skip: 0, trailer: 0 };
    case "skippable":
      return { phase: "magic", skip: held.readUInt32LE(0), trailer: 0 };
    case "header": {
      const flags = held.readUInt8(0);
      const isSingle = (flags & 0x20) !== 0;
      const dictionary = [0, 1, 2, 4][flags & 3] ?? 0;
      const content = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
      return { phase: "block", skip: (isSingle ? 0 : 1) + dictionary + content, trailer: (flags & 4) === 0 ? 0 : 4 };
    }
    case "block": {
      const header = held.readUIntLE(0, 3);
      const isLast = (header & 1) !== 0;
      const size = ((header >> 1) & 3) === 1 ? 1 : header >> 3;
      return isLast ? { phase: "magic", skip: size + trailer, trailer: 0 } : { phase, skip: size, trailer };
    }
  }
}
