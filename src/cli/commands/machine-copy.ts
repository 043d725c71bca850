import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { TarrError } from "../../error.ts";
import type { Argv, Piped } from "../../host/command.ts";
import { run, runPiped } from "../../host/command.ts";
import { inWorkspace } from "../../images/workspace.ts";
import type { Machine } from "../../model/machine.ts";
import { meantBy } from "../../model/machine-names.ts";
import { printable } from "../../model/names.ts";
import { quoted } from "../../model/shell-word.ts";
import type { Run } from "../command.ts";
import type { Door } from "../door.ts";
import { isRefusal, openDoor, refusalAt, splitLogin } from "../door.ts";
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
  const parent = `"$(dirname ${target})"`;
  const rename = [
    `case ${target} in */) exit ${noFolder};; esac`,
    `[ -d ${parent} ] || exit ${noFolder}`,
    `part=$(mktemp -d ${parent}/.copy-XXXXXX) || exit 1`,
    // What could not be put in its place is not to be left behind under that name.
    `trap 'rm -rf "$part"' EXIT`,
    `tar -xof - -C "$part" && mv "$part"/${name} ${target}`,
  ];
  const line = `if [ -d ${target} ]; then tar -xof - -C ${target}; else ${rename.join("; ")}; fi`;
  const pack: Argv = ["tar", "-C", dirname(source), "-cf", "-", "--", basename(source)];
  const { codes, said } = await runPiped(pack, ssh(door, line));
  if (codes[1] === noFolder) {
    const folder = to.endsWith("/") ? to : dirname(to);
    throw new TarrError("copy-no-folder", { name: door.name, folder: printable(folder) });
  }
  requireDone({ codes, said }, { door, path });
}

/** A status that neither a shell nor tar(1) nor mv(1) ends with. */
const noFolder = 73;

/** Into a folder of its own first: a machine may send other names than it was asked for. */
async function copyOut(door: Door, path: string, to: string): Promise<void> {
  const asked = guestPath(path);
  const name = basename(asked);
  if (name === "" || name === "." || name === ".." || name === "/")
    throw new TarrError("copy-no-name", { path: printable(path), name: door.name });
  const isFolder = (await stat(to).catch(() => null))?.isDirectory() === true;
  // A link that was typed is written through, as cp(1) does.
  const target = isFolder ? join(to, name) : await realpath(to).catch(() => resolve(to));
  const line = `tar -C ${quoted(dirname(asked))} -cf - ${quoted(`./${name}`)}`;
  await inWorkspace(target, async (part) => {
    try {
      const unpack: Argv = ["tar", "-xf", "-", "-C", part, "--no-same-owner"];
      requireDone(await runPiped(ssh(door, line), unpack), { door, path });
      await putInPlace(join(part, name), target, path);
    } finally {
      // A folder that its owner may not write keeps what is in it.
      await run(["chmod", "-R", "u+rwX", "--", part]);
    }
  });
}

/**
 * By cp(1), which knows links, pipes and devices for what they are. It writes through no link that lies there already: that
 * link may have come from a machine, too.
 */
async function putInPlace(from: string, target: string, path: string): Promise<void> {
  const how = ["-R", "-P", "-T", "--preserve=mode,timestamps", "--remove-destination"] as const;
  const { code, stderr } = await run(["cp", ...how, "--", from, target], { timeout: copyPatience });
  if (code === 0) return;
  // In its words the place that it was unpacked to stands for what was asked for.
  const said = firstLine(stderr).replaceAll(from, path).replace(/^cp: /, "");
  throw new TarrError("copy-unwritable", { path: printable(path), to: printable(target), said: printable(said) });
}

/** Whole disks are copied. */
const copyPatience = 24 * 60 * 60_000;

/** @throws TarrError `machine-ssh-refused`, `copy-failed` */
function requireDone({ codes, said }: Piped, { door, path }: { readonly door: Door; readonly path: string }): void {
  if (codes.every((code) => code === 0)) return;
  if (isRefusal(said)) throw refusalAt(door);
  throw new TarrError("copy-failed", { name: door.name, path: printable(path), said: printable(firstLine(said)) });
}

function firstLine(said: string): string {
  return said.split("\n").find((line) => line.trim() !== "") ?? "";
}

async function requireFolder(path: string, count: number): Promise<void> {
  const found = await stat(path).catch(() => null);
  const parent = await stat(dirname(resolve(path))).catch(() => null);
  const fits = found?.isDirectory() === true || (count === 1 && !path.endsWith("/") && parent?.isDirectory() === true);
  if (!fits) throw new TarrError("folder-unknown", { folder: printable(path) });
}
