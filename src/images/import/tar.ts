import { TarrError } from "../../error.ts";

export type TarKind = "file" | "hardlink" | "symlink" | "character" | "block" | "directory" | "fifo";

export type TarHeader = {
  readonly path: string;
  readonly kind: TarKind;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly size: number;
  /** Where a link leads. */
  readonly link: string;
};

/** `body` is read before the next entry is asked for; what is left of it is passed over. */
export type TarEntry = TarHeader & { readonly body: AsyncIterable<Buffer> };

const block = 512;
/** Names longer than this are an attack on our memory. */
const mostExtension = 1024 * 1024;

const kinds: Readonly<Record<string, TarKind>> = {
  ...{ "0": "file", "\0": "file", "1": "hardlink", "2": "symlink", "3": "character" },
  ...{ "4": "block", "5": "directory", "6": "fifo", "7": "file" },
};

/** The bytes of an archive, by exact numbers. */
class Bytes {
  private readonly source: AsyncIterator<Uint8Array>;
  private readonly name: string;
  private held: Buffer = Buffer.alloc(0);

  constructor(bytes: AsyncIterable<Uint8Array>, name: string) {
    this.source = bytes[Symbol.asyncIterator]();
    this.name = name;
  }

  /** The next piece, as it comes, of at most so many. @throws TarrError `archive-truncated` at the end */
  async piece(most: number): Promise<Buffer> {
    while (this.held.length === 0) {
      const next = await this.source.next().catch((error: unknown) => {
        if (error instanceof TarrError) throw error;
        throw new TarrError("archive-truncated", { path: this.name }, error);
      });
      if (next.done === true) throw new TarrError("archive-truncated", { path: this.name });
      this.held = Buffer.from(next.value);
    }
    const piece = this.held.subarray(0, most);
    this.held = this.held.subarray(piece.length);
    return piece;
  }

  async exactly(count: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let left = count; left > 0;) {
      const piece = await this.piece(left);
      pieces.push(piece);
      left -= piece.length;
    }
    return Buffer.concat(pieces);
  }

  async end(): Promise<void> {
    await this.source.return?.();
  }
}

/**
 * Reads a tar archive (POSIX ustar and pax, GNU's long names) strictly: what is not understood is refused, so that
 * nobody who reads the archive after us can see something else in it.
 *
 * @param name of the archive, for sentences
 * @throws TarrError `archive-truncated`, `archive-entry`
 */
export async function* readTar(source: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<TarEntry> {
  const bytes = new Bytes(source, name);
  let long: Partial<Record<"path" | "linkpath" | "size", string>> = {};
  try {
    for (;;) {
      const header = await bytes.exactly(block);
      if (header.every((byte) => byte === 0)) return;
      if (!isSummed(header, name)) throw new TarrError("archive-truncated", { path: name });
      const type = String.fromCharCode(header[156] ?? 0);
      const size = numberIn(header.subarray(124, 136), name);
      if ("xgLK".includes(type)) {
        const text = await readExtension(bytes, size, name);
        long = type === "g" ? long : { ...long, ...extension(type, text, name) };
        continue;
      }
      const entry = headerIn(header, { long, size, name });
      long = {};
      const body = bodyOf(bytes, entry.size);
      yield { ...entry, body };
      await passOver(body);
    }
  } finally {
    await bytes.end();
  }
}

async function readExtension(bytes: Bytes, size: number, name: string): Promise<string> {
  if (size > mostExtension) throw new TarrError("archive-entry", { path: name, entry: "pax" });
  return (await bytes.exactly(padded(size))).toString("utf8", 0, size);
}

/** Reads what nobody wants, to its end. */
export async function passOver(body: AsyncIterable<Uint8Array>): Promise<void> {
  const iterator = body[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
}

/** Ends where it is left, and goes on there. */
function bodyOf(bytes: Bytes, size: number): AsyncIterable<Buffer> {
  let left = size;
  let fill = padded(size) - size;
  const iterator: AsyncIterator<Buffer> = {
    async next() {
      if (left === 0) {
        await bytes.exactly(fill);
        fill = 0;
        return { done: true, value: undefined };
      }
      const value = await bytes.piece(left);
      left -= value.length;
      return { done: false, value };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

type Around = {
  readonly long: Partial<Record<"path" | "linkpath" | "size", string>>;
  readonly size: number;
  readonly name: string;
};

function headerIn(header: Buffer, { long, size, name }: Around): TarHeader {
  const text = (at: number, length: number) => header.toString("utf8", at, at + length).replace(/\0[^]*$/, "");
  const isPosix = header.toString("latin1", 257, 263) === "ustar\0";
  const prefix = isPosix ? text(345, 155) : "";
  const path = long.path ?? (prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`);
  const kind = kinds[String.fromCharCode(header[156] ?? 0)];
  if (kind === undefined) throw new TarrError("archive-entry", { path: name, entry: path });
  const number = (at: number, length: number) => numberIn(header.subarray(at, at + length), name);
  const told = kind === "file" ? Number(long.size ?? size) : 0;
  if (!Number.isSafeInteger(told) || told < 0) throw new TarrError("archive-truncated", { path: name });
  return {
    path,
    // Before POSIX a folder was a file whose name ends so.
    kind: kind === "file" && path.endsWith("/") ? "directory" : kind,
    mode: number(100, 8) & 0o7777,
    uid: number(108, 8),
    gid: number(116, 8),
    mtime: number(136, 12),
    size: told,
    link: long.linkpath ?? text(157, 100),
  };
}

/** The records of pax (`LENGTH KEY=VALUE\n`), or GNU's one long name. Sparse files are not understood. */
function extension(type: string, text: string, name: string): Around["long"] {
  const plain = text.replace(/\0+$/, "");
  if (type === "L") return { path: plain };
  if (type === "K") return { linkpath: plain };
  return records(text, name);
}

function records(text: string, name: string): Around["long"] {
  const found: Record<string, string> = {};
  for (let rest = Buffer.from(text); rest.length > 0;) {
    const length = Number(/^(\d{1,7}) /.exec(rest.toString("latin1", 0, 9))?.[1] ?? 0);
    const [, key, value = ""] = /^\d+ ([^=]+)=([^]*)\n$/.exec(rest.toString("utf8", 0, length)) ?? [];
    if (key === undefined || length > rest.length) throw new TarrError("archive-truncated", { path: name });
    if (key.startsWith("GNU.sparse")) throw new TarrError("archive-entry", { path: name, entry: key });
    if (["path", "linkpath", "size"].includes(key)) found[key] = value;
    rest = rest.subarray(length);
  }
  return found;
}

/** Octal digits; or, with the first bit set, a binary number (GNU). @throws TarrError `archive-truncated` */
function numberIn(field: Buffer, name: string): number {
  const isBinary = ((field[0] ?? 0) & 0x80) !== 0;
  const value = isBinary
    ? Number(BigInt(`0x${field.toString("hex")}`) & ((1n << BigInt(8 * field.length - 1)) - 1n))
    : Number.parseInt(
        field
          .toString("latin1")
          .replace(/\0[^]*$/, "")
          .trim() || "0",
        8,
      );
  if (!Number.isSafeInteger(value)) throw new TarrError("archive-truncated", { path: name });
  return value;
}

/** Whether a tar archive may begin so; those before POSIX (v7) have nothing but this sum to be known by. */
export function isTarHeader(header: Buffer): boolean {
  if (header.length < block || header[0] === 0) return false;
  try {
    return isSummed(header, "");
  } catch {
    return false;
  }
}

/** The sum of a header, its own field read as blanks. */
function isSummed(header: Buffer, name: string): boolean {
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  return sum === numberIn(header.subarray(148, 156), name);
}

function padded(size: number): number {
  return Math.ceil(size / block) * block;
}

/** An archive of these entries, with names by pax where ustar has no room. No user's name is in it. */
export async function* writeTar(entries: AsyncIterable<TarEntry> | Iterable<TarEntry>): AsyncGenerator<Buffer> {
  for await (const entry of entries) {
    yield* headerBlocks(entry);
    if (entry.kind !== "file") continue;
    for await (const piece of entry.body) yield piece;
    yield Buffer.alloc(padded(entry.size) - entry.size);
  }
  yield Buffer.alloc(2 * block);
}

function* headerBlocks(entry: TarHeader): Generator<Buffer> {
  const path = entry.kind === "directory" ? `${entry.path}/` : entry.path;
  const records = [
    ...(Buffer.byteLength(path) > 100 ? [record("path", path)] : []),
    ...(Buffer.byteLength(entry.link) > 100 ? [record("linkpath", entry.link)] : []),
    ...(entry.size >= 8 ** 11 ? [record("size", String(entry.size))] : []),
  ].join("");
  if (records !== "") {
    const text = Buffer.from(records);
    yield ustar({ ...entry, size: text.length, mode: 0o644 }, { type: "x", path: "pax" });
    yield Buffer.concat([text, Buffer.alloc(padded(text.length) - text.length)]);
  }
  const type = Object.keys(kinds).find((key) => key !== "\0" && kinds[key] === entry.kind) ?? "0";
  yield ustar(entry, { type, path });
}

function record(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  const digits = [1, 2, 3, 4, 5, 6, 7].find((count) => String(rest + count).length === count) ?? 7;
  return `${rest + digits} ${key}=${value}\n`;
}

function ustar(entry: TarHeader, { type, path }: { readonly type: string; readonly path: string }): Buffer {
  const header = Buffer.alloc(block);
  const octal = (value: number, at: number, length: number) =>
    header.write(value.toString(8).padStart(length - 1, "0"), at, "latin1");
  Buffer.from(path).copy(header, 0, 0, 100);
  octal(entry.mode, 100, 8);
  octal(entry.uid, 108, 8);
  octal(entry.gid, 116, 8);
  octal(entry.size >= 8 ** 11 ? 0 : entry.size, 124, 12);
  octal(entry.mtime, 136, 12);
  header.write(type, 156, "latin1");
  if (type === "1" || type === "2") Buffer.from(entry.link).copy(header, 157, 0, 100);
  header.write("ustar\x0000", 257, "latin1");
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}
