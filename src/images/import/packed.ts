import { TarrError } from "../../error.ts";
import { readHead, unpacked } from "./bytes.ts";
import type { Compression, Format } from "./formats.ts";
import { formatOf, headBytes } from "./formats.ts";

/** What a file holds, behind the compression that it may have. */
export type Opened = {
  readonly format: Format;
  readonly compression: Compression | null;
  /** From the beginning, each time. Throws TarrError `archive-truncated` where it is cut off or damaged. */
  readonly read: () => AsyncIterable<Uint8Array>;
};

const compressions: readonly string[] = ["bzip2", "gzip", "xz", "zstd"] satisfies readonly Compression[];

function isCompression(format: Format): format is Compression {
  return compressions.includes(format);
}

/** @param name what it is called in sentences */
export async function openPacked(path: string, name: string): Promise<Opened> {
  const outer = formatOf(await readHead(path, headBytes));
  const compression = isCompression(outer) ? outer : null;
  const read = () => plain(path, compression, name);
  return { compression, read, format: compression === null ? outer : formatOf(await headOf(read())) };
}

async function* plain(path: string, compression: Compression | null, name: string): AsyncGenerator<Uint8Array> {
  try {
    yield* unpacked(path, compression);
  } catch (error) {
    if (error instanceof TarrError) throw error;
    const code = error instanceof Error && "syscall" in error && "code" in error ? String(error.code) : null;
    throw code === null
      ? new TarrError("archive-truncated", { path: name }, error)
      : new TarrError("image-source", { path: name, reason: code }, error);
  }
}

async function headOf(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const head = Buffer.alloc(headBytes);
  let filled = 0;
  for await (const piece of bytes) {
    filled += Buffer.from(piece).copy(head, filled);
    if (filled === headBytes) break;
  }
  return head;
}
