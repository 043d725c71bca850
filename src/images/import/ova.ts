import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { TarrError } from "../../error.ts";
import type { Algorithm } from "./bytes.ts";
import { checksumOf, unpacked, writeSummed } from "./bytes.ts";
import { readTar } from "./tar.ts";

/** The one disk of an appliance, taken out, and the memory it asks for (MiB). */
export type Appliance = { readonly disk: string; readonly memory: number | null };

/** Descriptors, manifests and certificates are read whole. */
const mostText = 4 * 1024 * 1024;

/**
 * Takes an appliance apart (OVF, DSP0243 §7: a tar archive whose first file is the descriptor), and compares its files
 * with its manifest.
 *
 * @param folder an empty one
 * @throws TarrError `archive-*`, `checksum-wrong`, `image-disks`
 */
export async function openAppliance(path: string, folder: string, name: string): Promise<Appliance> {
  const files = new Map<string, string>();
  for await (const entry of readTar(unpacked(path, null), name)) {
    const refuse = { path: name, entry: entry.path };
    if (entry.kind !== "file" || !/^[^/\0]{1,200}$/.test(entry.path) || entry.path.startsWith(".")) {
      throw new TarrError("archive-outside", refuse);
    }
    if (files.has(entry.path)) throw new TarrError("archive-twice", refuse);
    const isText = /\.(?:ovf|mf|cert)$/i.test(entry.path);
    if (isText && entry.size > mostText) throw new TarrError("archive-entry", refuse);
    const place = join(folder, `part${files.size}`);
    files.set(entry.path, place);
    await writeSummed(entry.body, place);
  }
  const text = async (ending: RegExp) => {
    const found = [...files].find(([file]) => ending.test(file));
    return found === undefined ? null : readFile(found[1], "utf8");
  };
  for (const { file, algorithm, hex } of manifestIn((await text(/\.mf$/i)) ?? "")) {
    const place = files.get(file);
    const found = place === undefined ? "" : await checksumOf(place, algorithm);
    if (found !== hex) throw new TarrError("checksum-wrong", { path: file, wanted: hex, found });
  }
  const { disks, memory } = descriptorIn((await text(/\.ovf$/i)) ?? "");
  const [disk, ...others] = disks.flatMap((file) => files.get(file) ?? []);
  if (disk === undefined || others.length > 0) {
    throw new TarrError("image-disks", { path: name, count: String(disks.length) });
  }
  return { disk, memory };
}

type Summed = { readonly file: string; readonly algorithm: Algorithm; readonly hex: string };

/** `SHA256(disk.vmdk)= 0123…`, a line for each file. */
export function manifestIn(text: string): readonly Summed[] {
  return [...text.matchAll(/^SHA(1|256|512)\s*\((.+)\)\s*=\s*([0-9a-f]+)\s*$/gim)].map(
    ([, bits = "", file = "", hex = ""]) => ({
      file,
      algorithm: bits === "1" ? "sha1" : bits === "256" ? "sha256" : "sha512",
      hex: hex.toLowerCase(),
    }),
  );
}

/** Resource type 4 is memory (CIM_ResourceAllocationSettingData), counted in MiB by VirtualBox and VMware. */
export function descriptorIn(ovf: string): { readonly disks: readonly string[]; readonly memory: number | null } {
  const references = new Map(
    [...ovf.matchAll(/<(?:\w+:)?File\s[^>]*>/g)].map(([tag]) => [attribute(tag, "id"), attribute(tag, "href")]),
  );
  const disks = [...ovf.matchAll(/<(?:\w+:)?Disk\s[^>]*>/g)].flatMap(([tag]) => {
    const file = references.get(attribute(tag, "fileRef"));
    return file === undefined || file === "" ? [] : [file];
  });
  const items = [...ovf.matchAll(/<(?:\w+:)?Item\b[^>]*>([^]*?)<\/(?:\w+:)?Item>/g)].map(([, inner = ""]) => inner);
  const memory = items.find((item) => /ResourceType>\s*4\s*</.test(item));
  const said = Number(/VirtualQuantity>\s*(\d{2,6})\s*</.exec(memory ?? "")?.[1] ?? 0);
  return { disks, memory: said >= 64 ? said : null };
}

function attribute(tag: string, name: string): string {
  return new RegExp(String.raw`\s(?:\w+:)?${name}\s*=\s*"([^"]*)"`).exec(tag)?.[1] ?? "";
}
