import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { Argv, CommandResult } from "../host/command.ts";
import { run } from "../host/command.ts";
import { exists } from "../host/files.ts";

type Variables = Readonly<Record<string, string>>;

/** The user's own systemd, when it is there and stays when the user logs out. */
export type Session = { readonly manager: boolean };

/** A service manager that was just asked for is there a moment later. */
const managerPatience = 5_000;

const runtimeFolder = () => `/run/user/${process.getuid?.() ?? 0}`;

/** What `su -` and cron leave unset: without it programs look for the user's systemd, and for locks, elsewhere. */
async function sessionVariables(): Promise<Variables> {
  const folder = process.env["XDG_RUNTIME_DIR"] ?? runtimeFolder();
  if (!(await exists(folder))) return {};
  const bus = process.env["DBUS_SESSION_BUS_ADDRESS"] ?? `unix:path=${folder}/bus`;
  return { XDG_RUNTIME_DIR: folder, DBUS_SESSION_BUS_ADDRESS: bus };
}

/** Runs a program of LXC's or systemd's in the user's session, wherever we were called from. */
export async function runInSession(argv: Argv, timeout = 30_000): Promise<CommandResult> {
  return run(argv, { env: await sessionVariables(), timeout });
}

/**
 * Finds the user's systemd, and has it stay when the user logs out (loginctl(1), enable-linger): else it would take the
 * machines with it. Debian lets every user ask for that; where an administrator forbade it, we do without.
 */
export async function openSession(): Promise<Session> {
  const name = (await run(["id", "-un"])).stdout.trim();
  if (!(await lingers(name))) {
    const asked = await run(["loginctl", "--no-ask-password", "enable-linger"]).catch(() => null);
    if (asked?.code !== 0) return { manager: false };
  }
  return { manager: await managerAnswers() };
}

/**
 * A machine that is started as a plain process stays at the logout of a session, but not when it was started in a
 * desktop: all that runs there belongs to the user's systemd. Then that one is to stay.
 */
export async function outliveLogout(): Promise<void> {
  const group = await readFile("/proc/self/cgroup", "utf8").catch(() => "");
  if (/\/user@\d+\.service\//.test(group)) await openSession();
}

function lingers(name: string): Promise<boolean> {
  return exists(`/var/lib/systemd/linger/${name}`);
}

async function managerAnswers(): Promise<boolean> {
  const deadline = performance.now() + managerPatience;
  while (!(await exists(`${runtimeFolder()}/bus`))) {
    if (performance.now() > deadline) return false;
    await pause(50);
  }
  return true;
}

/**
 * The words before a program whose processes may be limited together: a scope of the user's systemd, with the control
 * group handed over to it (Delegate). The limits hold where the kernel's controllers are the user's, and are left out by
 * systemd where not.
 */
export function scopeWords(how: {
  readonly description: string;
  readonly memory: number;
  readonly cpus: number | null;
}): Argv {
  const quota = how.cpus === null ? [] : [`CPUQuota=${how.cpus * 100}%`];
  const properties = ["Delegate=yes", `MemoryMax=${how.memory}M`, `TasksMax=${taskLimit}`, ...quota];
  return [
    ...(["systemd-run", "--user", "--scope", "--quiet", "--collect"] as const),
    `--description=${how.description}`,
    ...properties.flatMap((one) => ["-p", one]),
    "--",
  ];
}

/** A fork bomb, a classic of classes, ends in the machine. */
const taskLimit = 1024;
