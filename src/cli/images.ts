import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { partsOf } from "../images/import/bundle.ts";
import type { ImageRecord } from "../images/record.ts";
import { readImageRecord } from "../images/record.ts";
import type { ImageName } from "../model/names.ts";
import { isImageName } from "../model/names.ts";
import { dataFolder, imageFolder } from "../providers/folders.ts";
import { listMachines } from "../providers/records.ts";

/** An image as `--json` tells it; others rely on these keys. */
export type ImageView = {
  readonly name: string;
  readonly system: string;
  /** Null for what has its own inside. */
  readonly kernel: string | null;
  /** What its machines start from. */
  readonly kinds: readonly ("kernel" | "disk" | "tree")[];
  /** What it takes on the user's disk. */
  readonly bytes: number;
  /** Names of the user's machines that are made of it. */
  readonly machines: readonly string[];
  readonly built: string;
};

export async function imageViews(): Promise<readonly ImageView[]> {
  const names: string[] = await readdir(join(dataFolder(), "images")).catch(() => []);
  const views = await Promise.all(
    names
      .filter(isImageName)
      .sort()
      .map((name) => imageView(name).catch(() => null)),
  );
  return views.filter((view) => view !== null);
}

/** @throws TarrError `image-exists-not`, `image-unknown`, `image-damaged` */
export async function imageView(name: ImageName): Promise<ImageView> {
  const folder = imageFolder(name);
  const record = await readImageRecord(folder);
  const sizes = await Promise.all(
    partsOf(record).map((file) =>
      stat(join(folder, file)).then(
        ({ blocks }) => blocks * 512,
        () => 0,
      ),
    ),
  );
  const machines = (await listMachines()).filter(({ image }) => image === name).map((machine) => machine.name);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const kernel = record.format === 1 ? record.kernelVersion : null;
  const system = record.format === 1 ? record.kernelVersion : record.system;
  return { name, system, kernel, kinds: kindsOf(record), bytes, machines, built: record.built };
}

function kindsOf(record: ImageRecord): ImageView["kinds"] {
  if (record.format === 1) return ["kernel"];
  return [...(record.disk === null ? [] : ["disk" as const]), ...(record.tree === null ? [] : ["tree" as const])];
}
