/**
 * A host made of namespaces: network, mounts and processes of its own, the real kernel, dnsmasq and nft, no systemd.
 * All that is mounted and made in here goes with its first process, which goes with the test's.
 */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { MethodName, Parameters, Reply } from "../../src/api/types.ts";
import { socketPath } from "../../src/api/socket.ts";
import type { Argv, CommandResult } from "../../src/host/command.ts";
import { commandEnvironment, run } from "../../src/host/command.ts";
import { until } from "../room/processes.ts";
import { hostScript } from "./host-script.ts";
import type { Call } from "./wire.ts";
import { caller, readReply, Refusal } from "./wire.ts";

/** The service's own user, and people: a student, another one, and who administers networks. */
export const users = { "tarr-steps": 950, etu: 3001, eve: 3002, prof: 3003 } as const;
export type User = keyof typeof users | "root";

export type LineOptions = {
  readonly user?: User;
  /** A namespace made by `ip netns add` in the stage: "peer", or a guest's. */
  readonly at?: string;
  readonly timeout?: number;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
};

/** Lines that run as root before the service ever starts. */
export type StagePlan = { readonly before?: string; readonly start?: boolean };

const executable = process.env["TARR_STEPS_EXECUTABLE"] ?? join(process.cwd(), "build/tarr-steps");

const serviceCapabilities = "+net_admin,+net_raw,+net_bind_service";

export class Stage {
  /** The service's socket, as root. */
  readonly call: Call;
  /** The socket's path from outside. */
  readonly socket: string;
  readonly #keeper: ChildProcessWithoutNullStreams;
  readonly #init: number;
  #service: { readonly child: ChildProcessWithoutNullStreams; readonly pid: number } | null = null;
  #said = "";

  private constructor(keeper: ChildProcessWithoutNullStreams, init: number) {
    this.#keeper = keeper;
    this.#init = init;
    this.socket = this.outside(socketPath);
    this.call = caller(this.socket);
  }

  static async open({ before = "", start = true }: StagePlan = {}): Promise<Stage> {
    if (!existsSync(executable)) throw new Error(`${executable} is not there: ./run compile`);
    const namespaces = ["--net", "--mount", "--propagation", "private", "--pid", "--fork", "--mount-proc"];
    const argv = [...namespaces, "--kill-child", "sh", "-c", hostScript(executable, users)];
    const keeper = spawn("unshare", argv, { env: commandEnvironment() });
    let said = "";
    keeper.stderr.on("data", (piece: Buffer) => (said += piece.toString()));
    keeper.stdout.on("data", (piece: Buffer) => (said += piece.toString()));
    await until("the stage", () => {
      if (keeper.exitCode !== null) throw new Error(`no stage: ${said}`);
      return said.includes("stage is ready") || undefined;
    });
    const stage = new Stage(keeper, await childOf(keeper.pid));
    if (before !== "") await stage.must(before);
    if (start) await stage.start();
    return stage;
  }

  async destroy(): Promise<void> {
    if (this.#keeper.exitCode !== null || this.#keeper.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#keeper.once("exit", resolve));
    this.#keeper.stdin.end();
    await ended;
  }

  /** A path of the stage as this process sees it. */
  outside(path: string): string {
    return `/proc/${this.#init}/root${path}`;
  }

  read(path: string): Promise<string> {
    return readFile(this.outside(path), "utf8");
  }

  /** A line of shell in the stage, as root if not said otherwise. */
  sh(line: string, options: LineOptions = {}): Promise<CommandResult> {
    return this.exec(["sh", "-c", line], options);
  }

  exec(argv: Argv, { user = "root", at, timeout = 20_000, stdin = "", env = {} }: LineOptions = {}) {
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const namespace = at === undefined ? [] : ["ip", "netns", "exec", at];
    const inside = ["env", "PATH=/mnt/bin:/usr/sbin:/usr/bin:/sbin:/bin", ...variables, ...argv];
    return run(this.#enter([...namespace, ...asUser(user), ...inside]), { stdin, timeout });
  }

  /** @throws Error when the line fails */
  async must(line: string, options: LineOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.sh(line, options);
    if (code !== 0) throw new Error(`${line}: ${code} ${stderr}${stdout}`);
    return stdout;
  }

  /** Waits for a server: one that was just put in the background does not listen yet. */
  async listens(manner: "tcp" | "udp", port: string, place: LineOptions = {}): Promise<void> {
    const one = `ss -Hln --${manner} sport = :${port}`;
    await until(`a server at ${manner} ${port}`, async () => (await this.must(one, place)) !== "" || undefined);
  }

  /** The command line, in English; a word may hold anything. */
  cli(words: readonly string[], options: LineOptions = {}): Promise<CommandResult> {
    return this.exec(["tarr-steps", ...words], { env: { LANG: "C" }, ...options });
  }

  /** A call to the service as somebody else than root. @throws Refusal */
  async as<Name extends MethodName>(user: User, method: Name, parameters: Parameters<Name>): Promise<Reply<Name>> {
    const message = JSON.stringify({ method: `io.tarrsteps.${method}`, parameters });
    const line = `socat -t 30 - UNIX-CONNECT:${socketPath}`;
    const { stdout } = await this.sh(line, { user, stdin: `${message}\0`, timeout: 40_000 });
    return readReply(stdout);
  }

  /** What `plan --check` ends with: 0 when the host is as wanted, 2 when not. */
  async planCode(): Promise<number> {
    return (await this.cli(["plan", "--check"])).code;
  }

  /** Starts the service and answers when it has done its first work, whatever came of it. */
  async start(): Promise<void> {
    await this.launch();
    await this.settled();
  }

  /** One more service beside the one that runs, to its end; a code of 124 or more when it does not end by itself. */
  secondService(): Promise<CommandResult> {
    return run(["timeout", "--signal=KILL", "3", ...this.#serviceArgv()]);
  }

  /** Starts the service, and answers at once. */
  async launch(): Promise<void> {
    const [program, ...args] = this.#serviceArgv();
    const child = spawn(program, args, { env: commandEnvironment() });
    const pid = await childOf(child.pid);
    const note = (piece: Buffer) => (this.#said += piece.toString());
    child.stderr.on("data", note);
    child.stdout.on("data", note);
    this.#service = { child, pid };
  }

  #serviceArgv(): Argv {
    const caps = [`--inh-caps=-all,${serviceCapabilities}`, `--ambient-caps=${serviceCapabilities}`];
    const bounds = [`--bounding-set=-all,${serviceCapabilities}`, "--no-new-privs", "--clear-groups"];
    const who = ["--reuid=tarr-steps", "--regid=tarr-steps"];
    return this.#enter(["setpriv", ...who, ...bounds, ...caps, "/mnt/bin/tarr-stepsd"]);
  }

  /** Waits in the service's own row of changes: the answer comes when all that was asked before is done. */
  async settled(): Promise<void> {
    const asked = async () => {
      const answer = await this.call("DeletePort", { id: "nobody" }).catch((error: unknown) => error);
      return answer instanceof Refusal || undefined;
    };
    await until("the service to answer", asked, 10_000).catch(() => {
      throw new Error(`the service does not answer; it said: ${this.#said}`);
    });
  }

  /** Ends the service as systemd does, or with `kill` as a power cut would. */
  async stop({ kill = false } = {}): Promise<void> {
    if (this.#service === null) return;
    const { child, pid } = this.#service;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    process.kill(pid, kill ? "SIGKILL" : "SIGTERM");
    await ended;
    this.#service = null;
  }

  /** What the service's own process looks like to us. */
  get servicePid(): number {
    return this.#service?.pid ?? 0;
  }

  /** All that the service has written to its journal so far. */
  get said(): string {
    return this.#said;
  }

  #enter(argv: readonly string[]): Argv {
    return ["nsenter", "--target", String(this.#init), "--mount", "--net", "--pid", ...argv];
  }
}

/** Why a call failed: the service's code, or what the system said. */
export function codeOf(error: unknown): string {
  return error instanceof Refusal ? error.code : String(error);
}

function asUser(user: User): readonly string[] {
  return user === "root" ? [] : ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--init-groups"];
}

async function childOf(parent: number | undefined): Promise<number> {
  const path = `/proc/${parent ?? "none"}/task/${parent ?? "none"}/children`;
  return until("a process to start", async () => {
    const [first] = (await readFile(path, "utf8").catch(() => "")).split(" ");
    return first === undefined || first === "" ? undefined : Number(first);
  });
}
