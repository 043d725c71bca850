/**
 * A LAN segment made of namespaces: a bridge, and members with one interface each. Programs of ours run in a member as a
 * process of their own, so that no frame of a test's ever meets this computer's network.
 */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommandResult } from "../../src/host/command.ts";
import { commandEnvironment, run } from "../../src/host/command.ts";
import { until } from "../room/processes.ts";

const script = `exec 3<&0; set -eu
mount -t tmpfs tmpfs /run; mount -t sysfs sysfs /sys; mount -t tmpfs tmpfs /mnt; chmod 777 /mnt
ip link set lo up; ip link add lan type bridge forward_delay 0; ip link set lan up
echo segment is ready
cat >/dev/null <&3 & wait $!`;

/** A program that goes on, and tells what happens as lines of JSON. */
export type Running = {
  readonly lines: () => readonly unknown[];
  readonly say: (line: string) => void;
  readonly end: () => Promise<void>;
  readonly errors: () => string;
};

export class Segment {
  readonly #keeper: ChildProcessWithoutNullStreams;
  readonly #init: number;

  private constructor(keeper: ChildProcessWithoutNullStreams, init: number) {
    this.#keeper = keeper;
    this.#init = init;
  }

  static async open(): Promise<Segment> {
    const namespaces = ["--net", "--mount", "--propagation", "private", "--pid", "--fork", "--mount-proc"];
    const keeper = spawn("unshare", [...namespaces, "--kill-child", "sh", "-c", script], { env: commandEnvironment() });
    let said = "";
    for (const stream of [keeper.stdout, keeper.stderr]) stream.on("data", (piece: Buffer) => (said += String(piece)));
    await until("the segment", () => {
      if (keeper.exitCode !== null) throw new Error(`no segment: ${said}`);
      return said.includes("segment is ready") || undefined;
    });
    const children = await readFile(`/proc/${keeper.pid ?? 0}/task/${keeper.pid ?? 0}/children`, "utf8");
    return new Segment(keeper, Number(children.split(" ")[0]));
  }

  async destroy(): Promise<void> {
    if (this.#keeper.exitCode !== null || this.#keeper.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#keeper.once("exit", resolve));
    this.#keeper.stdin.end();
    await ended;
  }

  /** One more on the segment, with this MAC and, if any, this address of it. */
  async join(name: string, mac: string, address = ""): Promise<void> {
    await this.must(`ip netns add ${name}; ip -n ${name} link set lo up
      ip link add p-${name} type veth peer name eth0 address ${mac} netns ${name}
      ip link set p-${name} master lan up; ip -n ${name} link set eth0 up
      ${address === "" ? "" : `ip -n ${name} address add ${address}/24 dev eth0`}`);
  }

  sh(line: string, at?: string): Promise<CommandResult> {
    return run([...this.#enter(at), "sh", "-c", line], { timeout: 30_000 });
  }

  async must(line: string, at?: string): Promise<string> {
    const { code, stdout, stderr } = await this.sh(line, at);
    if (code !== 0) throw new Error(`${line}: ${code} ${stderr}${stdout}`);
    return stdout;
  }

  /** Runs packet-program.ts in a member, to its end. @returns what it printed, as JSON */
  async ask(at: string, ...words: readonly string[]): Promise<unknown> {
    const { code, stdout, stderr } = await run([...this.#program(at), ...words], { timeout: 60_000 });
    if (code !== 0) throw new Error(`${words.join(" ")}: ${code} ${stderr}${stdout}`);
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  }

  /** Starts packet-program.ts in a member, and answers when it says that it has begun. */
  async start(at: string, ...words: readonly string[]): Promise<Running> {
    const [program, ...args] = [...this.#program(at), ...words];
    const child = spawn(program, args, { env: commandEnvironment() });
    let said = "";
    let errors = "";
    child.stdout.on("data", (piece: Buffer) => (said += String(piece)));
    child.stderr.on("data", (piece: Buffer) => (errors += String(piece)));
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const lines = () => {
      const whole = said.split("\n").slice(0, -1);
      return whole.map((line) => JSON.parse(line) as unknown);
    };
    await until(`${words.join(" ")} to begin`, () => {
      if (child.exitCode !== null) throw new Error(`${words.join(" ")}: ${errors}`);
      return lines().length > 0 || undefined;
    });
    const end = async () => {
      child.stdin.end();
      await ended;
    };
    return { lines: () => lines().slice(1), say: (line) => child.stdin.write(`${line}\n`), end, errors: () => errors };
  }

  #program(at: string) {
    return [...this.#enter(at), process.execPath, join(import.meta.dirname, "packet-program.ts")] as const;
  }

  #enter(at: string | undefined) {
    const namespace = at === undefined ? [] : ["ip", "netns", "exec", at];
    return ["nsenter", "--target", String(this.#init), "--mount", "--net", "--pid", ...namespace] as const;
  }
}
