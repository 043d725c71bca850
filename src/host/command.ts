import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { open } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { TarrError } from "../error.ts";
import { spawnAndCollect } from "../runtime/spawn.ts";

/** An argument vector: a program and its arguments, never a line for a shell. */
export type Argv = readonly [program: string, ...args: string[]];

export type CommandOptions = {
  readonly stdin?: string;
  /** Milliseconds after which the program is ended with SIGKILL. */
  readonly timeout?: number;
  readonly cwd?: string;
  /** Variables added to the small environment below. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each piece of standard output and error as it comes. */
  readonly onOutput?: (text: string) => void;
};

export type CommandResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** What a program may print before it is ended: a runaway program must not fill our memory. */
const outputLimit = 16 * 1024 * 1024;
const defaultTimeout = 30_000;

/**
 * Variables that pass from our environment to programs. The language is fixed because the outputs are parsed, and
 * everything else stays out so that a variable of the caller's cannot change what a program does.
 */
const passedVariables = [
  ...["HOME", "USER", "LOGNAME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "TMPDIR"],
  // For a machine in a window.
  ...["DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY"],
] as const;

export function commandEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const env: Record<string, string> = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    LC_ALL: "C",
  };
  for (const name of passedVariables) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return { ...env, ...extra };
}

/** Whether there is such a program, without asking it: some take half a second to say their version. */
export function hasProgram(program: string): boolean {
  const folders = (commandEnvironment()["PATH"] ?? "").split(delimiter);
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Runs a program to its end. The only place that spawns, but for programs that outlive us or own the terminal
 * (`spawnDetached`, `runInTerminal` below).
 *
 * @throws TarrError `command-missing` when there is no such program; a non-zero exit is a result, not an error.
 */
export async function run(argv: Argv, options: CommandOptions = {}): Promise<CommandResult> {
  try {
    return await spawnAndCollect({
      argv,
      stdin: options.stdin ?? "",
      env: commandEnvironment(options.env),
      cwd: options.cwd,
      timeout: options.timeout ?? defaultTimeout,
      limit: outputLimit,
      onOutput: options.onOutput,
    });
  } catch (error) {
    throw missing(argv[0], error instanceof Error ? error : new Error(String(error)));
  }
}

/** Runs a program that must succeed. @throws TarrError `command-failed` with the argv and what it printed. */
export async function mustRun(argv: Argv, options: CommandOptions = {}): Promise<string> {
  const result = await run(argv, options);
  if (result.code !== 0) throw commandFailure(argv, result);
  return result.stdout;
}

export function commandFailure(argv: Argv, result: CommandResult): TarrError {
  const said = (result.stderr.trim() || result.stdout.trim()).slice(-600);
  return new TarrError("command-failed", { command: argv.join(" "), status: String(result.code), said });
}

/** Gives the terminal to a program (ssh) until it ends; answers its exit status. */
export function runInTerminal(argv: Argv): Promise<number> {
  const [program, ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit" });
    child.on("error", (error) => reject(missing(program, error)));
    child.on("close", (code) => resolve(code ?? 128));
  });
}

/** Something that is spoken to, byte by byte. */
export type Line = {
  readonly input: Writable;
  readonly output: Readable;
  /** Its exit status; half of an output looks like a whole one without it. */
  readonly ended: Promise<number>;
  readonly close: () => void;
};

/** Starts a program that is spoken to by its standard input and output, until either side ends. */
export function openLine(argv: Argv, complaints: "inherit" | "ignore" = "inherit"): Line {
  const [program, ...args] = argv;
  const child = spawn(program, args, { env: commandEnvironment(), stdio: ["pipe", "pipe", complaints] });
  child.on("error", (error) => child.stdout.destroy(missing(program, error)));
  const ended = new Promise<number>((resolve) => {
    child.on("error", () => resolve(127)).on("close", (code) => resolve(code ?? 128));
  });
  return { input: child.stdin, output: child.stdout, ended, close: () => void child.kill("SIGTERM") };
}

/** A program that was started to outlive us; `ended` tells its exit status while we are still here. */
export type Detached = { readonly ended: Promise<number> };

/**
 * Starts a program that outlives us, in a session of its own.
 *
 * @param place the folder it runs in, and the file in it that takes what it prints
 */
export async function spawnDetached(argv: Argv, place: { cwd: string; log: string }): Promise<Detached> {
  const [program, ...args] = argv;
  const log = await open(join(place.cwd, place.log), "w", 0o600);
  try {
    const child = spawn(program, args, {
      env: commandEnvironment(),
      stdio: ["ignore", log.fd, log.fd],
      cwd: place.cwd,
      detached: true,
    });
    const ended = new Promise<number>((resolve, reject) => {
      child.on("error", (error) => reject(missing(program, error)));
      child.on("close", (code) => resolve(code ?? 128));
    });
    child.unref();
    return { ended };
  } finally {
    await log.close();
  }
}

function missing(program: string, error: Error): TarrError {
  return new TarrError("command-missing", { program, reason: error.message }, error);
}

/**
 * Runs a program that goes on telling (`ip monitor`) and calls `onOutput` whenever it says something. A program that
 * ends is started again after a pause. @returns what ends it for good
 */
export function follow(argv: Argv, onOutput: () => void): () => void {
  const [program, ...args] = argv;
  const pause = 5_000;
  let wanted = true;
  let end: () => void = () => undefined;
  const start = () => {
    if (!wanted) return;
    const child = spawn(program, args, { env: commandEnvironment(), stdio: ["ignore", "pipe", "ignore"] });
    const again = () => void setTimeout(start, pause).unref();
    child.stdout.on("data", onOutput);
    child.on("error", again).on("close", again);
    end = () => void child.kill("SIGTERM");
  };
  start();
  return () => {
    wanted = false;
    end();
  };
}

export type Piped = { readonly codes: readonly [number, number]; readonly said: string };

const mostSaid = 4096;

/**
 * Runs two programs, what the first one prints going to the second. With the user's whole environment: ssh(1) asks the
 * user's own agent, and asks for passwords at the terminal.
 */
export async function runPiped(from: Argv, to: Argv): Promise<Piped> {
  let said = "";
  const start = ([program, ...args]: Argv, input: "ignore" | "pipe") =>
    spawn(program, args, { stdio: [input, "pipe", "pipe"] });
  const [first, second] = [start(from, "ignore"), start(to, "pipe")];
  const listen = (piece: Buffer) => {
    if (said.length < mostSaid) said += piece.toString();
  };
  first.stderr?.on("data", listen);
  second.stderr?.on("data", listen);
  second.stdout?.on("data", listen);
  if (second.stdin !== null) {
    // A second program that ends early is told by its code, and so is the first.
    second.stdin.on("error", () => first.kill("SIGTERM"));
    first.stdout?.pipe(second.stdin);
  }
  const ended = (child: typeof first) =>
    new Promise<number>((resolve) => {
      child.on("error", (error) => {
        said += String(error);
        resolve(127);
      });
      child.on("close", (code) => resolve(code ?? 128));
    });
  return { codes: await Promise.all([ended(first), ended(second)]), said };
}
