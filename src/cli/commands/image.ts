import { rm } from "node:fs/promises";
import { exists } from "../../host/files.ts";
import { join } from "node:path";
import { TarrError } from "../../error.ts";
import type { ReleaseName } from "../../images/debian/releases.ts";
import type { UnknownPackage } from "../../images/debian/package-names.ts";
import { isReleaseName, releaseNames, releases } from "../../images/debian/releases.ts";
import { removeOthers } from "../../images/namespace.ts";
import { buildable, missingImage, readImageRecord } from "../../images/record.ts";
import { rootFolder } from "../../images/root.ts";
import { parseImageName, printable } from "../../model/names.ts";
import { shellWord } from "../../model/shell-word.ts";
import type { PlacedRecipe } from "../../labs/recipe.ts";
import { cacheFolder, imageFolder } from "../../providers/folders.ts";
import { listMachines } from "../../providers/records.ts";
import type { Context, Run } from "../command.ts";
import type { ImageView } from "../images.ts";
import { imageView, imageViews } from "../images.ts";
import { tellElsewhere } from "../elsewhere.ts";
import { namesFile, noteUnknownPackage } from "../packages.ts";
import { refuseDenied, unlessUnreachable } from "../rights.ts";
import { refuseOverDisk } from "../sizes.ts";
import { dateWords } from "../render/date.ts";
import { table } from "../render/table.ts";
import { refuseRoot } from "./machine.ts";

export const list: Run = async (context) => {
  const images = await imageViews();
  if (context.json) context.print(JSON.stringify({ images }));
  else if (images.length === 0) {
    context.print(context.say("no-images"));
    await tellElsewhere("images", context);
  } else {
    const heading = ["column-name", "column-system", "column-kinds", "column-size", "column-machines"] as const;
    const rows = images.map((one) => [
      one.name,
      one.system,
      kindsOf(one, context),
      sizeOf(one, context),
      machines(one),
    ]);
    for (const line of table([heading.map((key) => context.say(key)), ...rows])) context.print(line);
  }
  return 0;
};

export const show: Run = async (context) => {
  const name = parseImageName(context.argument("image"));
  const view = await imageView(name);
  const record = await readImageRecord(imageFolder(name));
  if (context.json) {
    context.print(JSON.stringify({ ...view, record }));
    return 0;
  }
  const ofDisk =
    record.format === 1
      ? []
      : [
          [context.say("column-firmware"), record.firmware.join(", ")],
          [context.say("column-first-boot"), record.firstBoot],
          [context.say("column-user"), record.user],
          [context.say("column-memory"), context.say("unit-mebibytes", { count: String(record.memory) })],
        ];
  const rows = [
    [context.say("column-name"), view.name],
    [context.say("column-system"), `${view.system} (${record.architecture})`],
    [context.say("column-kinds"), kindsOf(view, context)],
    [context.say("column-size"), sizeOf(view, context)],
    ...ofDisk,
    [context.say("column-built"), dateWords(view.built, context.language)],
    [context.say("column-machines"), view.machines.join(", ")],
  ];
  for (const line of table(rows)) context.print(line);
  return 0;
};

export const remove: Run = async (context) => {
  const name = parseImageName(context.argument("image"));
  // What cannot be read is deleted, too: nothing else frees its name.
  const machines = await machinesOf(name, await imageView(name).catch(unlessDamaged));
  if (machines.length > 0) throw new TarrError("image-in-use", { name, machines: machines.join(", ") });
  await removeOthers([rootFolder(imageFolder(name))]);
  await rm(imageFolder(name), { recursive: true, force: true });
  context.note(context.say("image-deleted", { name }));
  if (context.json) context.print(JSON.stringify({ deleted: name }));
  return 0;
};

async function machinesOf(name: string, view: ImageView | null): Promise<readonly string[]> {
  return view?.machines ?? (await listMachines()).filter(({ image }) => image === name).map((machine) => machine.name);
}

function unlessDamaged(error: unknown): null {
  if (error instanceof TarrError && error.code === "image-damaged") return null;
  throw error;
}

function kindsOf({ kinds }: ImageView, context: Context): string {
  return kinds.map((kind) => context.say(`image-kind-${kind}`)).join(", ");
}

function sizeOf({ bytes }: ImageView, context: Context): string {
  return context.say("unit-mebibytes", { count: String(Math.ceil(bytes / 1024 ** 2)) });
}

function machines({ machines }: ImageView): string {
  return String(machines.length);
}

export const build: Run = async (context) => {
  const typed = context.argument("image");
  await offerRecipe(typed);
  await refuseDenied(context).catch(unlessUnreachable);
  await context.call("GetQuotas", {}).then(refuseOverDisk).catch(unlessUnreachable);
  const name = /\/|\.ya?ml$/.test(typed) ? await buildRecipe(typed, context) : await buildNamed(typed, context);
  if (context.json) context.print(JSON.stringify({ image: name }));
  else context.print(context.say("image-built", { name }));
  return 0;
};

/** `image build tp` where a recipe tp.yaml is: what was meant is a file. @throws TarrError `image-recipe-near` */
async function offerRecipe(typed: string): Promise<void> {
  if (!/^[\w-]+$/.test(typed) || buildable.includes(typed)) return;
  for (const file of [`${typed}.yaml`, `${typed}.yml`]) {
    if (await exists(file)) throw new TarrError("image-recipe-near", { name: typed, file });
  }
}

/**
 * The image is there, built now if it was not: a first machine asks for no other command before it.
 *
 * @returns whether it was built now
 */
export async function ensureImage(name: string, context: Context): Promise<boolean> {
  if (await isThere(name)) return false;
  await buildNamed(name, context);
  return true;
}

/** A teacher's own image, of a file. @returns its name */
async function buildRecipe(file: string, context: Context): Promise<string> {
  const { readRecipe } = await import("../teacher-file.ts");
  const placed = readRecipe(file, buildable);
  const { name, suite } = placed.recipe;
  await buildRelease({ name, release: releaseOf(suite), placed }, context);
  return name;
}

function releaseOf(suite: string): ReleaseName {
  const name = releaseNames.find((one) => releases[one].suite === suite);
  if (name === undefined) throw new TarrError("bug", { reason: suite });
  return name;
}

/** For a machine that is to be made of it. @throws TarrError `image-unknown` when it is neither there nor can be built */
export async function refuseUnknownImage(name: string): Promise<void> {
  if (!(await isThere(name))) refuseUnbuildable(name);
}

function isThere(name: string): Promise<boolean> {
  return readImageRecord(imageFolder(name)).then(
    () => true,
    (error: unknown) => {
      // One that can be built is built anew.
      if (error instanceof TarrError && error.code === "image-damaged" && !buildable.includes(name)) throw error;
      return false;
    },
  );
}

function refuseUnbuildable(name: string): void {
  if (!buildable.includes(name)) throw missingImage(name);
}

/** @throws TarrError `image-unknown` */
async function buildNamed(name: string, context: Context): Promise<string> {
  refuseUnbuildable(name);
  if (isReleaseName(name)) await buildRelease({ name, release: name, placed: null }, context);
  else await buildOfHost(context);
  return name;
}

async function buildOfHost(context: Context): Promise<void> {
  const { buildTiny } = await import("../../images/tiny/build.ts");
  await buildTiny({
    directory: imageFolder("tiny"),
    report: ({ phase, detail }) => context.note(context.say(`image-phase-${phase}`, { detail })),
  });
}

type Wanted = { readonly name: string; readonly release: ReleaseName; readonly placed: PlacedRecipe | null };

/** Machines' disks say what differs from the image's: one that is in use stays as it is. */
async function buildRelease(wanted: Wanted, context: Context): Promise<void> {
  const { name, release, placed } = wanted;
  refuseRoot();
  const there = await imageView(parseImageName(name)).catch(() => null);
  if (there !== null && there.machines.length > 0) {
    throw new TarrError("image-in-use", { name, machines: there.machines.join(", ") });
  }
  const { buildDebian } = await import("../../images/debian/build.ts");
  await buildDebian({
    name,
    typed: placed === null ? name : shellWord(printable(placed.source.file)),
    release: releases[release],
    recipe: placed?.recipe ?? null,
    directory: imageFolder(name),
    cache: join(cacheFolder(), release),
    names: namesFile(release),
    unknown: (packages) => {
      if (placed !== null) refusePackages(placed, packages, releases[release].system);
    },
    report: ({ phase, detail }) => context.note(context.say(`image-phase-${phase}`, { detail })),
  });
}

/** @throws TarrError, FaultyFile with the lines of the packages that there are not */
function refusePackages({ recipe, source }: PlacedRecipe, unknown: readonly UnknownPackage[], system: string): void {
  for (const one of unknown)
    noteUnknownPackage(source, ["packages", recipe.packages.indexOf(one.name)], { ...one, system });
  source.refuse();
}
