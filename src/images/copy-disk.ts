import { TarrError } from "../error.ts";
import { mustRun } from "../host/command.ts";

const patience = 3_600_000;

/** Copies an image's disk (qcow2) into the form of another hypervisor. @throws TarrError `qemu-img-missing`, `command-failed` */
export async function copyDisk(
  source: string,
  target: { readonly path: string; readonly format: "vdi" | "vmdk"; readonly options?: string },
): Promise<void> {
  const { path, format, options } = target;
  const words = options === undefined ? [] : ["-o", options];
  const argv = ["qemu-img", "convert", "-f", "qcow2", "-O", format, ...words, source, path] as const;
  await mustRun(argv, { timeout: patience }).catch((error: unknown) => {
    const isMissing = error instanceof TarrError && error.code === "command-missing";
    throw isMissing ? new TarrError("qemu-img-missing", {}, error) : error;
  });
}
