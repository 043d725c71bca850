/** Programs that run beside the test, and the control group that lets a room end all of them at once. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { commandEnvironment, type Argv } from "../../src/host/command.ts";

/** Where control groups v2 are: beside the old ones on a machine that still has both. */
export const cgroupRoot = existsSync("/sys/fs/cgroup/unified/cgroup.procs")
  ? "/sys/fs/cgroup/unified"
  : "/sys/fs/cgroup";

/** Runs `argv` in a control group, so that what it leaves behind is found again and ended with the room. */
export function inCgroup(group: string, argv: Argv): Argv {
  return ["sh", "-c", 'echo 0 >"$0/cgroup.procs" && exec "$@"', group, ...argv];
}

export function isAlive(pid: string | undefined): boolean {
  return existsSync(`/proc/${pid ?? "none"}`);
}

/** Asks until there is an answer other than undefined. @throws Error after `timeout` ms (10 s if not said). */
export async function until<T>(what: string, ask: () => T | undefined | Promise<T | undefined>, timeout = 10_000) {
  const end = Date.now() + timeout;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`waited ${timeout} ms in vain for ${what}`);
    await Bun.sleep(20);
  }
}

export type Background = {
  /** SIGTERM to the program and what it started, SIGKILL 3 s later. Answers when it has ended. */
  readonly stop: () => Promise<void>;
  /** What it has written so far to standard output and error. */
  readonly output: () => string;
};

export type BackgroundPlan = {
  /** What to spawn; somewhere inside, the program proper is wrapped by `announced`. */
  readonly argv: Argv;
  /** Sends a signal to a process group, in the namespace where the program knows its own id. */
  readonly signal: (name: "TERM" | "KILL", group: string) => Promise<unknown>;
};

/**
 * Makes a program the leader of a process group that says its id first. The process we spawn is only the outermost of
 * nsenter, su, sudo: to end that one would leave the program itself running.
 */
export function announced(argv: Argv): Argv {
  return ["setsid", "--wait", "sh", "-c", 'echo "group $$" >&2; exec "$@"', "sh", ...argv];
}

/** Starts a program and answers as soon as it runs (which is before a listener listens: see `until`). */
export async function startBackground({ argv, signal }: BackgroundPlan): Promise<Background> {
  const [program, ...args] = argv;
  const child = spawn(program, args, { env: commandEnvironment(), stdio: ["ignore", "pipe", "pipe"] });
  let written = "";
  let ended = false;
  const collect = (piece: string) => void (written += piece);
  child.stdout.setEncoding("utf8").on("data", collect);
  child.stderr.setEncoding("utf8").on("data", collect);
  // "exit", not "close": a grandchild that outlives the program keeps the pipe open for ever.
  child.on("exit", () => (ended = true)).on("error", () => (ended = true));
  const announcement = /^group (\d+)\n/m;
  const group = await until(`${argv.join(" ")} to start`, () => {
    const found = announcement.exec(written)?.[1];
    if (found === undefined && ended) throw new Error(`${argv.join(" ")} did not start: ${written}`);
    return found;
  });
  const end = (timeout: number) => until(`${argv.join(" ")} to end`, () => ended || undefined, timeout);
  return {
    output: () => written.replace(announcement, ""),
    stop: async () => {
      if (ended) return;
      await signal("TERM", group);
      await end(3000).catch(() => signal("KILL", group).then(() => end(3000)));
    },
  };
}
