import { existsSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { FaultyFile, TarrError } from "../../error.ts";
import type { PlacedLab } from "../../labs/parse.ts";
import { parseSound } from "../../labs/parse.ts";
import { shellWord } from "../../model/shell-word.ts";
import type { MachineName } from "../../model/names.ts";
import { printable } from "../../model/names.ts";
import type { Context } from "../command.ts";
import { besideOf, readText } from "../teacher-file.ts";
import type { Record } from "./made.ts";
import { listRecords, openRecord } from "./made.ts";

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
  const name = await knownName(typed);
  const file = (name === null ? null : (await openRecord(name)).file()) ?? typed;
  const lab = name ?? (await madeOf(file));
  if (lab !== null && !existsSync(file)) throw new TarrError("lab-file-gone", { lab, file: typedPath(file) });
  const read = parseSound(file, readText(file), besideOf(file));
  if (name === null || read.lab.name === name) return read;
  // Its file was given another name since: what was typed is not to be done to that lab.
  throw new TarrError("lab-file-other", { lab: name, file: typedPath(file), other: read.lab.name });
}

/** A lab: of a file; or one that made something here, by its name. `read`: null when its file is gone, or wrong. */
export type FoundLab = { readonly name: MachineName; readonly read: PlacedLab | null };

/**
 * For commands that need a file only to find the lab: by its name it is found without.
 *
 * @throws TarrError, FaultyFile what is wrong with a file that was typed
 */
export async function findLab(context: Context): Promise<FoundLab> {
  const name = await knownName(context.argument("file"));
  try {
    const read = await readLab(context);
    return { name: read.lab.name, read };
  } catch (error) {
    if (name !== null && (error instanceof TarrError || error instanceof FaultyFile)) return { name, read: null };
    throw error;
  }
}

/** The lab that is called so and made something here. A file of that name is meant first; a folder is no lab's file. */
async function knownName(typed: string): Promise<MachineName | null> {
  const there = await stat(typed).catch(() => null);
  if (there !== null && !there.isDirectory()) return null;
  return (await listRecords()).find((one) => one === typed) ?? null;
}

/** The lab that was made of a file, whatever became of that. */
async function madeOf(file: string): Promise<MachineName | null> {
  const path = resolve(file);
  for (const name of await listRecords()) {
    const record = await openRecord(name).catch(() => null);
    if (record?.file() === path) return name;
  }
  return null;
}

function typedPath(file: string): string {
  return shellWord(printable(file));
}

/** The file as it can be typed in the next command. */
export function typedFile(context: Context): string {
  return typedPath(context.argument("file"));
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
  const [file, there] = [typedPath(source.file), typedPath(other)];
  const values = { lab: lab.name, file, other: there, near: `${lab.name.slice(0, 60)}-2` };
  throw new TarrError("lab-name-shared", values);
}

/** What a lab made. @throws as `openLab` */
export function openFound({ name, read }: FoundLab): Promise<Record> {
  return read === null ? openRecord(name) : openLab(read);
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
