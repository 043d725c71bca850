import { basename } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Entry } from "./cpio.ts";

/** A program with the files that it needs: its libraries, what it reads, and itself at the end. */
export type PackedProgram = { readonly path: string; readonly files: readonly Entry[] };

const folder = "usr/lib/tiny";

/**
 * Programs that lie compressed in the guest, each file by itself and once, until somebody uses one that needs it. In a
 * program's place is a link to a script that unpacks the program and becomes it (`rootfs/unpack.sh`). So a boot, which in
 * an emulated machine takes seconds, neither unpacks them nor has them in memory.
 *
 * @param there what the guest has anyway
 */
export async function packPrograms(programs: readonly PackedProgram[], there: readonly Entry[]) {
  const known = new Set(there.map(({ path }) => path));
  const links: Entry[] = [];
  const packed = new Map<string, Entry>();
  for (const { path, files } of programs) {
    const needed = files.filter((file) => !known.has(file.path));
    links.push({ type: "link", path, target: `/${folder}/unpack` });
    const list = needed.map((file) => `${file.path}\n`).join("");
    links.push({ type: "file", path: `${folder}/programs/${basename(path)}`, data: list });
    for (const file of needed) {
      if (file.type !== "file" || packed.has(file.path)) continue;
      const data = await promisify(gzip)(file.data);
      packed.set(file.path, { type: "file", path: `${folder}/packed/${file.path}.gz`, data });
    }
  }
  return { links, packed: [...packed.values()] };
}
