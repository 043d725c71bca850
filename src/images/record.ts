import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import * as v from "valibot";
import { TarrError } from "../error.ts";

/** What `image.json` says about an image: the files beside it, and where they came from. */
const imageRecord = v.object({
  format: v.literal(1),
  name: v.string(),
  architecture: v.picklist(["x86_64", "aarch64"]),
  /** File names inside the image's directory. */
  /** For `qemu -kernel`: unpacked when that starts faster. */
  kernel: v.string(),
  /** The kernel as Debian packs it, for the boot loaders of other hypervisors; often the same file. */
  packedKernel: v.string(),
  initrd: v.string(),
  kernelVersion: v.string(),
  /** Words every start of the image needs on its kernel command line. */
  commandLine: v.string(),
  /** Drivers inside, so that a hypervisor can choose a network card the guest knows. */
  modules: v.array(v.string()),
  /** Programs of the host that are inside, by their paths there or the packages they were fetched from. */
  programs: v.array(v.string()),
  built: v.string(),
});

export type ImageRecord = v.InferOutput<typeof imageRecord>;

/** @throws TarrError `image-exists-not` when the directory holds no image (or half of one). */
export async function readImageRecord(directory: string): Promise<ImageRecord> {
  try {
    return v.parse(imageRecord, JSON.parse(await readFile(join(directory, "image.json"), "utf8")));
  } catch (error) {
    throw new TarrError("image-exists-not", { name: basename(directory) }, error);
  }
}
