import type { SeedFile } from "../model/machine.ts";
import type { Path, Source } from "./place.ts";
import { at } from "./place.ts";
import type { FilePart } from "./shape.ts";

/** Reads a file that lies beside the one that is parsed; null when it cannot. @throws TarrError for what is none to read */
export type ReadBeside = (name: string) => string | null;

/** One entry of `files`; the last of `path` is where it goes. @returns null when something of it is wrong */
export function parseFile(
  { source, beside }: { readonly source: Source; readonly beside: ReadBeside },
  path: Path,
  part: FilePart,
): SeedFile | null {
  const name = String(path.at(-1) ?? "");
  if (!/^(?:\/[^/\p{C}]+)+$/u.test(name) || /\/\.\.?(?:\/|$)/.test(name)) {
    source.note(path, { value: name, cause: { code: "lab-path", values: {} } });
  }
  if (typeof part === "string") return { path: name, mode: 0o644, content: part };
  const mode = Number.parseInt(part.mode ?? "644", 8);
  const { content, source: from } = part;
  if (source.isFaulty(path)) return null;
  if (content !== undefined && from === undefined) return { path: name, mode, content };
  if (from === undefined || content !== undefined) {
    return source.note(path, { value: name, cause: { code: "lab-content", values: {} } });
  }
  const isOutside = /^\.{0,2}\/|\.\.\/|^\.\.$/.test(from);
  const found = isOutside ? null : at({ source, written: from }, [...path, "source"], () => beside(from));
  if (found !== null) return { path: name, mode, content: found };
  if (source.isFaulty([...path, "source"])) return null;
  return source.note([...path, "source"], { value: from, cause: { code: "lab-file-source", values: {} } });
}
