import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildTiny } from "../../src/images/tiny/build.ts";
import { Stage } from "./stage.ts";

/** Where the student keeps images and machines. */
export const home = "/mnt/home";

/** A stage whose student has the image `tiny`: built now, or the one in TINY_IMAGE. */
export async function openWithTiny(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "tiny-home-"));
  try {
    const image = process.env["TINY_IMAGE"] ?? join(folder, "image");
    if (process.env["TINY_IMAGE"] === undefined) await buildTiny({ directory: image, report: () => undefined });
    const host = await Stage.open();
    await host.must(`mkdir -p ${home}/tarr-steps/images`);
    await cp(image, host.outside(`${home}/tarr-steps/images/tiny`), { recursive: true });
    await host.must(`chown -R etu: ${home}`);
    return host;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
