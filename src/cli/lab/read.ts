import { existsSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { TarrError } from "../../error.ts";
import type { PlacedLab } from "../../labs/parse.ts";
import { parseSound } from "../../labs/parse.ts";
import { shellWord } from "../../model/shell-word.ts";
import { isMachineName, printable } from "../../model/names.ts";
import type { Context } from "../command.ts";
import { besideOf, readText } from "../teacher-file.ts";
import type { Record } from "./made.ts";
import { openRecord } from "./made.ts";

/**
 * The lab of the file that was typed, or of the name of one that was made here.
 *
 * @throws TarrError, FaultyFile what is wrong with it
 */
export async function readLab(context: Context): Promise<PlacedLab> {
  const read = await readSound(context);
  read.source.refuse();
  return read;
}

/** What of it is sound; the caller refuses the rest, with what else is found. @throws as `readLab` for what is no YAML */
export async function readSound(context: Context): Promise<PlacedLab> {
  const typed = context.argument("file");
  const isName = isMachineName(typed) && !existsSync(typed);
  const file = (isName ? (await openRecord(typed)).file() : null) ?? typed;
  return parseSound(file, readText(file), besideOf(file));
}

/** The file as it can be typed in the next command. */
export function typedFile(context: Context): string {
  return shellWord(printable(context.argument("file")));
}

/**
 * What a lab made. Its name may be made of its file's, and so may be another file's lab: that one is left alone.
 *
 * @throws TarrError `lab-name-shared`, `lab-record-broken`
 */
export async function openLab({ lab, source }: PlacedLab): Promise<Record> {
  const record = await openRecord(lab.name);
  const other = record.file();
  if (lab.named || other === null || (await isSameFile(source.file, other))) return record;
  const [file, there] = [source.file, other].map((one) => shellWord(printable(one)));
  const values = { lab: lab.name, file: file ?? "", other: there ?? "", near: `${lab.name.slice(0, 60)}-2` };
  throw new TarrError("lab-name-shared", values);
}

/** A file that is no longer there was moved: nobody else's lab is taken. */
async function isSameFile(one: string, other: string): Promise<boolean> {
  const there = await stat(other).catch(() => null);
  if (there === null) return true;
  const own = await stat(one).catch(() => null);
  return own !== null && own.ino === there.ino && own.dev === there.dev;
}

/** From now on the lab is this file's. */
export async function keepFile({ source }: PlacedLab, record: Record): Promise<void> {
  await record.belongTo(await realpath(source.file));
}
