import * as v from "valibot";
import { TarrError } from "../error.ts";
import type { CommandResult } from "../host/command.ts";
import { run } from "../host/command.ts";
import { exists } from "../host/files.ts";
import type { Language } from "../messages/messages.ts";
import { shownName } from "../model/machine-names.ts";
import { printable } from "../model/names.ts";

/** Somebody who has machines, by the user database. */
export type Owner = { readonly uid: number; readonly name: string; readonly home: string };

/** A hypervisor that hangs, or a user who stops the program, must not hold root up for ever. */
const timeout = 120_000;

export function requireRoot(command: string): void {
  if (process.getuid?.() !== 0) throw new TarrError("owner-needs-root", { command });
}

/** @throws TarrError `owner-unknown`; root has no machines */
export async function findOwner(name: string): Promise<Owner> {
  const { stdout } = await run(["getent", "passwd", "--", name]);
  const [found = "", , id = "", , , home = ""] = stdout.split("\n")[0]?.split(":") ?? [];
  const uid = Number(id);
  if (found === "" || !Number.isInteger(uid) || uid === 0)
    throw new TarrError("owner-unknown", { user: printable(name) });
  return { uid, name: found, home };
}

/**
 * Runs a command of ours as that user. Root opens none of a user's files: whatever is behind their paths, they may read
 * and change only what is theirs. A session of its own has no terminal: a user's process could type on root's.
 *
 * What it prints is a user's text: a program that runs as a user can be changed by that user.
 */
export async function asOwner(
  owner: Owner,
  words: readonly string[],
  language: Language = "en",
): Promise<CommandResult> {
  const runtime = `/run/user/${owner.uid}`;
  const session = (await exists(runtime))
    ? { XDG_RUNTIME_DIR: runtime, DBUS_SESSION_BUS_ADDRESS: `unix:path=${runtime}/bus` }
    : { XDG_RUNTIME_DIR: "", DBUS_SESSION_BUS_ADDRESS: "" };
  const identity = { HOME: owner.home, USER: owner.name, LOGNAME: owner.name };
  const display = { DISPLAY: "", WAYLAND_DISPLAY: "", XAUTHORITY: "", TMPDIR: "" };
  const env = { ...session, ...identity, ...display, LC_ALL: language === "fr" ? "fr_FR.UTF-8" : "C.UTF-8" };
  const argv = ["setsid", "--wait", "runuser", "--user", owner.name, "--", process.execPath, ...words] as const;
  return run(argv, { env, timeout, cwd: "/" });
}

const nic = v.object({ address: v.nullable(v.string()), network: v.string() });
const machine = v.object({
  name: v.string(),
  lab: v.optional(v.nullable(v.object({ lab: v.string(), machine: v.string() })), null),
  provider: v.string(),
  state: v.string(),
  nics: v.array(nic),
  memory: v.nullable(v.number()),
  disk: v.nullable(v.number()),
});
const answer = v.object({ machines: v.array(machine) });

export type OwnedMachine = v.InferOutput<typeof machine>;

/** @returns null for a user of whom nothing could be learned */
export async function machinesOf(owner: Owner): Promise<readonly OwnedMachine[] | null> {
  const { code, stdout } = await asOwner(owner, ["machine", "list", "--size", "--json"]);
  if (code !== 0) return null;
  try {
    const parsed = v.safeParse(answer, JSON.parse(stdout));
    return parsed.success ? parsed.output.machines.map(cleaned) : null;
  } catch {
    return null;
  }
}

function cleaned(one: OwnedMachine): OwnedMachine {
  const nics = one.nics.map(({ address, network }) => ({
    address: address === null ? null : printable(address),
    network: printable(network),
  }));
  const { name, provider, state, lab } = one;
  const place = lab === null ? null : { lab: printable(lab.lab), machine: printable(lab.machine) };
  return {
    ...{ ...one, name: printable(name), provider: printable(provider), state: printable(state) },
    ...{ lab: place, nics },
  };
}

/** As their owner types them. Nobody knows the memory of what was made in a hypervisor's own tool. */
export function shownByOwner(all: readonly OwnedMachine[]): readonly OwnedMachine[] {
  const made = all.filter(({ memory }) => memory !== null);
  return all.map((one) => (one.memory === null ? one : { ...one, name: shownName(one, made) }));
}
