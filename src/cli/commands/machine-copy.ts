import { cp, mkdtemp, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { TarrError } from "../../error.ts";
import type { Argv } from "../../host/command.ts";
import { runPiped } from "../../host/command.ts";
import type { Machine } from "../../model/machine.ts";
import { meantBy } from "../../model/machine-names.ts";
import { printable } from "../../model/names.ts";
import { quoted } from "../../model/shell-word.ts";
import type { Run } from "../command.ts";
import type { Door } from "../door.ts";
import { openDoor, splitLogin } from "../door.ts";
import { ownMachines } from "../own-machines.ts";

/** A place in a machine, or on this computer. */
type Place = { readonly machine: string | null; readonly path: string };

/**
 * Files and folders into a machine or out of it, as cp(1) names them. By tar(1) through ssh: `tiny` has no server for
 * scp(1) or sftp(1), and every machine has tar.
 */
export const copy: Run = async (context) => {
  const words: readonly string[] = [context.argument("from"), context.argument("to"), ...context.rest];
  const last = words.at(-1) ?? "";
  const all = await ownMachines();
  const to = placeIn(last, all);
  const from = words.slice(0, -1).map((word) => placeIn(word, all));
  const inside = [...from, to].filter(({ machine }) => machine !== null);
  const outwards = to.machine === null;
  if (inside.length !== (outwards ? from.length : 1))
    throw new TarrError("copy-places", { command: words.map(printable).join(" ") });
  if (outwards) await requireFolder(to.path, from.length);
  for (const one of from) {
    if (outwards) await copyOut(await openDoor(one.machine ?? "", context), one.path, to.path);
    else await copyIn(await openDoor(to.machine, context), one.path, to.path);
    const said = outwards ? `${one.machine ?? ""}:${one.path}` : one.path;
    context.note(context.say("machine-copied", { from: said, to: last }));
  }
  if (context.json) context.print(JSON.stringify({ copied: from.length }));
  return 0;
};

/**
 * `NAME:PATH`, `LOGIN@NAME:PATH`, `qemu:NAME:PATH`; a path with a slash before its first colon is one of this computer,
 * unless what is before the colon is a lab and a machine of it.
 */
function placeIn(word: string, all: readonly Machine[]): Place {
  const [, place = "", behind = ""] = /^([^/:]+\/[^/:]+):(.*)$/s.exec(word) ?? [];
  if (meantBy(splitLogin(place).name, all).length > 0) return { machine: place, path: behind };
  const [, machine, path] = /^([^/]*?[^/:]):([^:].*|)$/s.exec(word) ?? [];
  if (machine === undefined || path === undefined) return { machine: null, path: word };
  return { machine, path };
}

/** Relative paths in a machine begin at the home of whom ssh lets in, and so does `~`. */
function guestPath(path: string): string {
  const plain = path.replace(/^~(?:\/|$)/, "");
  return plain === "" ? "." : plain.startsWith("-") ? `./${plain}` : plain;
}

function ssh({ options, to }: Door, line: string): Argv {
  return ["ssh", ...options, to, "--", line];
}

async function copyIn(door: Door, path: string, to: string): Promise<void> {
  const source = resolve(path);
  if ((await stat(source).catch(() => null)) === null) throw new TarrError("file-unknown", { file: printable(path) });
  const [target, name] = [quoted(guestPath(to)), quoted(basename(source))];
  const rename = [
    `case ${target} in */) echo ${target}: no such folder >&2; exit 1;; esac`,
    `part=$(mktemp -d "$(dirname ${target})/.copy-XXXXXX") && tar -xof - -C "$part" && mv "$part"/${name} ${target} && rmdir "$part"`,
  ];
  const line = `if [ -d ${target} ]; then tar -xof - -C ${target}; else ${rename.join("; ")}; fi`;
  const pack: Argv = ["tar", "-C", dirname(source), "-cf", "-", "--", basename(source)];
  await piped(pack, ssh(door, line), { door, path });
}

/** Into a folder of its own first: a machine may send other names than it was asked for. */
async function copyOut(door: Door, path: string, to: string): Promise<void> {
  const asked = guestPath(path);
  const name = basename(asked);
  if (name === "." || name === ".." || name === "/") throw new TarrError("copy-no-name", { path: printable(path) });
  const isFolder = (await stat(to).catch(() => null))?.isDirectory() === true;
  const target = isFolder ? join(to, name) : resolve(to);
  const part = await mkdtemp(join(dirname(target), ".copy-"));
  try {
    const line = `tar -C ${quoted(dirname(asked))} -cf - ${quoted(`./${name}`)}`;
    const unpack: Argv = ["tar", "-xf", "-", "-C", part, "--no-same-owner"];
    await piped(ssh(door, line), unpack, { door, path });
    await cp(join(part, name), target, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

async function piped(
  from: Argv,
  to: Argv,
  { door, path }: { readonly door: Door; readonly path: string },
): Promise<void> {
  const { codes, said } = await runPiped(from, to);
  if (codes.every((code) => code === 0)) return;
  const last =
    said
      .trim()
      .split("\n")
      .find((line) => line !== "") ?? "";
  throw new TarrError("copy-failed", { name: door.name, path: printable(path), said: printable(last) });
}

async function requireFolder(path: string, count: number): Promise<void> {
  const found = await stat(path).catch(() => null);
  const parent = await stat(dirname(resolve(path))).catch(() => null);
  const fits = found?.isDirectory() === true || (count === 1 && !path.endsWith("/") && parent?.isDirectory() === true);
  if (!fits) throw new TarrError("folder-unknown", { folder: printable(path) });
}
