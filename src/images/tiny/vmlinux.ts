import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { run } from "../../host/command.ts";

/**
 * The kernel without its compression. QEMU can start such a kernel directly (PVH), and then the guest does not unpack
 * itself: Debian's usual kernel is packed with xz, which takes seconds when the processor is emulated.
 *
 * Undefined when nothing is gained (LZ4 unpacks fast, arm64 is not packed this way) or QEMU could not start it.
 */
export async function unpackKernel(image: string, workspace: string): Promise<Uint8Array | undefined> {
  const payload = kernelPayload(await readFile(image));
  const kernel = payload === undefined ? undefined : await unpack(payload, workspace);
  return kernel !== undefined && hasPvhEntry(kernel) ? kernel : undefined;
}

/** The packed kernel inside a bzImage (Documentation/x86/boot.rst of Linux). */
function kernelPayload(image: Buffer): Buffer | undefined {
  if (image.length < 0x250 || image.toString("latin1", 0x202, 0x206) !== "HdrS") return undefined;
  const setupSectors = image.readUInt8(0x1f1) || 4;
  const start = (setupSectors + 1) * 512 + image.readUInt32LE(0x248);
  return image.subarray(start, start + image.readUInt32LE(0x24c));
}

const sizeField = 4;

async function unpack(payload: Buffer, workspace: string): Promise<Buffer | undefined> {
  const magic = payload.toString("hex", 0, 4);
  if (magic.startsWith("1f8b")) return gunzipSync(payload);
  // All but gzip are followed by the unpacked size, which the programs take for a damaged end.
  const packed = payload.subarray(0, -sizeField);
  if (magic === "28b52ffd") return zstdDecompressSync(packed);
  if (magic !== "fd377a58") return undefined;
  await writeFile(join(workspace, "vmlinux.xz"), packed);
  const result = await run(["xz", "-d", "-f", "vmlinux.xz"], { cwd: workspace });
  return result.code === 0 ? await readFile(join(workspace, "vmlinux")) : undefined;
}

const noteSegment = 4;
const pvhNote = 18;

/** Whether an ELF file has the note XEN_ELFNOTE_PHYS32_ENTRY, without which QEMU refuses it. */
export function hasPvhEntry(kernel: Buffer): boolean {
  if (kernel.toString("latin1", 0, 5) !== "\x7fELF\x02") return false;
  const table = Number(kernel.readBigUInt64LE(0x20));
  const size = kernel.readUInt16LE(0x36);
  for (let index = 0; index < kernel.readUInt16LE(0x38); index += 1) {
    const header = table + index * size;
    if (kernel.readUInt32LE(header) !== noteSegment) continue;
    const start = Number(kernel.readBigUInt64LE(header + 8));
    const length = Number(kernel.readBigUInt64LE(header + 32));
    if (noteTypes(kernel.subarray(start, start + length)).includes(pvhNote)) return true;
  }
  return false;
}

/** The types of the notes that carry the name "Xen". */
function noteTypes(notes: Buffer): number[] {
  const types: number[] = [];
  const aligned = (length: number) => Math.ceil(length / 4) * 4;
  for (let at = 0; at + 12 <= notes.length;) {
    const nameLength = notes.readUInt32LE(at);
    if (notes.toString("latin1", at + 12, at + 12 + nameLength) === "Xen\0") types.push(notes.readUInt32LE(at + 8));
    at += 12 + aligned(nameLength) + aligned(notes.readUInt32LE(at + 4));
  }
  return types;
}
