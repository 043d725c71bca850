import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { TarrError } from "../../error.ts";
import { readImageRecord } from "../../images/record.ts";
import { printable } from "../../model/names.ts";
import { dataFolder, imageFolder } from "../../providers/folders.ts";
import type { Context, Run } from "../command.ts";
import { table } from "../render/table.ts";

const buildable = ["tiny"] as const;

export const list: Run = async (context) => {
  const names = await readdir(join(dataFolder(), "images")).catch(() => []);
  const images = await Promise.all(
    names.sort().map(async (name) => {
      const record = await readImageRecord(imageFolder(name)).catch(() => null);
      return record === null ? [] : [{ name, kernel: record.kernelVersion, built: record.built }];
    }),
  );
  if (context.json) context.print(JSON.stringify({ images: images.flat() }));
  else if (images.flat().length === 0) context.print(context.say("no-images"));
  else for (const line of table(images.flat().map((one) => [one.name, one.kernel, one.built]))) context.print(line);
  return 0;
};

export const build: Run = async (context) => {
  const name = context.argument("image");
  if (!buildable.some((one) => one === name)) {
    throw new TarrError("image-unknown", { name: printable(name), known: buildable.join(", ") });
  }
  await buildImage(context);
  if (context.json) context.print(JSON.stringify({ image: name }));
  else context.print(context.say("image-built", { name }));
  return 0;
};

/** The image is there, built now if it was not: a first machine asks for no other command before it. */
export async function ensureImage(name: string, context: Context): Promise<void> {
  const there = await readImageRecord(imageFolder(name)).catch(() => null);
  if (there !== null) return;
  if (!buildable.some((one) => one === name)) {
    throw new TarrError("image-unknown", { name: printable(name), known: buildable.join(", ") });
  }
  await buildImage(context);
}

async function buildImage(context: Context): Promise<void> {
  const { buildTiny } = await import("../../images/tiny/build.ts");
  await buildTiny({
    directory: imageFolder("tiny"),
    report: ({ phase, detail }) => context.note(context.say(`image-phase-${phase}`, { detail })),
  });
}
