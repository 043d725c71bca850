import type { Line } from "../../model/lines.ts";
import { appendLine, dropLine, joinLines, splitLines } from "../../model/lines.ts";

/**
 * VMware's dictionary files (.vmx, inventory.vmls, preferences): lines `key = "value"`, `#` before a comment, keys in any
 * case, `|` and two hexadecimal digits for a byte that cannot stand there (`|22` is a quote, `|7C` a bar). A line
 * `.encoding` names how values are written. Texts here have one character for each byte of the file (latin1), so that
 * nothing is lost of a file whose encoding we do not know.
 */
const entryLine = /^\s*([^\s="#][^="]*?)\s*=\s*(?:"([^"]*)"|([^\s"]*))\s*$/;

type Entry = { readonly key: string; readonly value: string; readonly at: number };

/** The values of a file by their keys in lower case, decoded; of a key that is there twice, the last. */
export type Settings = ReadonlyMap<string, string>;

/** Settings as they are to be; null takes the line out. */
export type Changes = ReadonlyMap<string, string | null>;

export function readSettings(text: string): Settings {
  const found = entries(splitLines(text));
  const encoding = found.find(({ key }) => key === ".encoding")?.value ?? "UTF-8";
  return new Map(found.map(({ key, value }) => [key, decode(unescape(value), encoding)]));
}

/** The lines of these keys as they stand, by key in lower case. Several of one key are one text, in their order. */
export function rawLines(text: string, keys: readonly string[]): ReadonlyMap<string, string> {
  const lines = splitLines(text);
  const wanted = new Set(keys.map((key) => key.toLowerCase()));
  const found = new Map<string, string>();
  for (const { key, at } of entries(lines)) {
    if (!wanted.has(key)) continue;
    const before = found.get(key);
    const line = lines[at]?.text ?? "";
    found.set(key, before === undefined ? line : `${before}\n${line}`);
  }
  return found;
}

/** The file with other values; every other byte stays, and each line its place. New lines come last. */
export function changeSettings(text: string, changes: Changes): string {
  const lines = new Map([...changes].map(([key, value]) => [key, value === null ? null : settingLine(key, value)]));
  return replaceLines(text, lines);
}

/**
 * The file with these lines in place of those of the same keys: what `rawLines` gave is put back as it was. A key that is
 * there twice and has one line for both is given it twice.
 */
export function replaceLines(text: string, wanted: ReadonlyMap<string, string | null>): string {
  let lines = splitLines(text);
  for (const [key, raw] of wanted) {
    const places = entries(lines).filter((entry) => entry.key === key.toLowerCase());
    if (raw === null) {
      for (const { at } of places.toReversed()) lines = dropLine(lines, at);
      continue;
    }
    const texts = raw.split("\n");
    const last = texts.at(-1) ?? "";
    const missing = places.length === 0 ? texts : texts.slice(Math.max(places.length, 1));
    lines = lines.map((line, index) => {
      const nth = places.findIndex(({ at }) => at === index);
      return nth < 0 ? line : { ...line, text: texts[nth] ?? last };
    });
    lines = missing.reduce<readonly Line[]>(appendLine, lines);
  }
  return joinLines(lines);
}

/** @param value in UTF-8, which the files we write say they are in; of a file of others we change only plain ASCII */
export function settingLine(key: string, value: string): string {
  return `${key} = "${escape(Buffer.from(value, "utf8").toString("latin1"))}"`;
}

function entries(lines: readonly Line[]): readonly Entry[] {
  return lines.flatMap(({ text }, at) => {
    const [, key, quoted, bare] = entryLine.exec(text) ?? [];
    return key === undefined ? [] : [{ key: key.toLowerCase(), value: quoted ?? bare ?? "", at }];
  });
}

function escape(value: string): string {
  const hex = (character: string) => `|${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  return value.replaceAll(/["|\p{Cc}]/gu, (character) => (character.charCodeAt(0) < 0x80 ? hex(character) : character));
}

function unescape(value: string): string {
  return value.replaceAll(/\|([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/** Bytes that are not of their encoding, or of one that is not known here, are shown as latin1. */
function decode(value: string, encoding: string): string {
  const bytes = Buffer.from(value, "latin1");
  if (bytes.every((byte) => byte < 0x80)) return value;
  try {
    // The types know three names; the runtime knows those of the Encoding Standard.
    return new TextDecoder(encoding.toLowerCase() as "utf-8", { fatal: true }).decode(bytes);
  } catch {
    return value;
  }
}
