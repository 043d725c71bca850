/**
 * A whole Debian PC under QEMU's software emulation, which has AMD-V: the real VirtualBox runs its machines in there on
 * a computer without /dev/kvm. QEMU stands in a network namespace of its own, and lets nothing out of the PC but answers
 * to the ssh that the test speaks with.
 */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { copyFile, cp, mkdir, mkdtemp, readFile, rename, rm, stat } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Argv, CommandResult } from "../../../src/host/command.ts";
import { commandEnvironment, mustRun, run } from "../../../src/host/command.ts";
import { isAlive, until } from "../../room/processes.ts";
import type { HostDisk } from "./disk.ts";
import { hostAddress, student } from "./disk.ts";

export type User = "root" | typeof student;
export type Parts = { readonly disk: HostDisk; readonly emulator: readonly string[] };
export type LineOptions = { readonly timeout?: number; readonly stdin?: string };

const bootPatience = 360_000;
/**
 * systemd speaks after some twenty seconds, on a busy computer after a minute. A PC that has said nothing by then never
 * does: its emulation died before the kernel's first line (seen once in a run, QEMU alone on its console).
 */
const silencePatience = 120_000;
const mostSilent = 3;
class SilentPc extends Error {}
/** Where the test's own files are in the PC. */
export const inbox = "/inbox";

const lockupPause = 5_000;
/** The name, in QEMU, of the moment that a PC is taken back to. */
const moment = "kept";

/** A kernel that has waited a minute for one of its processors waits for ever: the emulation has lost it (seen, 235 s). */
export function isLockedUp(console: string): boolean {
  return [...console.matchAll(/BUG: soft lockup - CPU#\d+ stuck for (\d+)s!/g)].some(
    ([, seconds]) => Number(seconds) > 60,
  );
}

export class EmulatedHost {
  readonly #disk: HostDisk;
  readonly #emulator: readonly string[];
  readonly #folder: string;
  readonly #children: ChildProcess[] = [];
  #qemu = 0;
  /** Whether there is a moment that it can be taken back to. */
  #kept = false;

  private constructor({ disk, emulator }: Parts, folder: string) {
    this.#disk = disk;
    this.#emulator = emulator;
    this.#folder = folder;
  }

  /** @param files to be found in the PC's `/inbox` */
  static async boot(parts: Parts, files: readonly string[]): Promise<EmulatedHost> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await EmulatedHost.#bootOnce(parts, files);
      } catch (error) {
        if (!(error instanceof SilentPc) || tries === mostSilent) throw error;
        process.stderr.write(`a PC that never spoke: another one (${tries} of ${mostSilent - 1})\n`);
      }
    }
  }

  static async #bootOnce(parts: Parts, files: readonly string[]): Promise<EmulatedHost> {
    const host = new EmulatedHost(parts, await mkdtemp(join(tmpdir(), "tarr-steps-emulated-")));
    try {
      await host.#pack(files);
      const backing = ["-f", "qcow2", "-F", "raw", "-b", join(parts.disk.folder, "disk")];
      await mustRun(["qemu-img", "create", "-q", ...backing, host.#path("disk.qcow2")]);
      await host.#start();
      await host.#speaks();
      for (const user of ["root", student] as const) await host.#login(user);
      await host.must("root", `mkdir -p ${inbox} && mount -o ro /dev/vdb ${inbox}`);
      return host;
    } catch (error) {
      const console = await host.console();
      await host.destroy();
      if (error instanceof SilentPc) throw error;
      throw new Error(`the PC did not boot:\n${console.slice(-3000)}`, { cause: error });
    }
  }

  /** Runs a line of shell in a login of the user's. 60 s if not said; then its code is 124. */
  async line(user: User, line: string, { timeout = 60_000, stdin }: LineOptions = {}): Promise<CommandResult> {
    const limited = `timeout --signal=KILL ${timeout / 1000} bash -c ${quote(line)}`;
    const options = { timeout: timeout + 10_000, ...(stdin === undefined ? {} : { stdin }) };
    let waiting = true;
    const result = run(this.#ssh(user, [limited]), options).finally(() => (waiting = false));
    return Promise.race([result, this.#lockup(() => waiting)]);
  }

  /** A PC that is locked up answers nothing: what was asked of it would be waited for as long as it may ever take. */
  async #lockup(isWaiting: () => boolean): Promise<never> {
    while (isWaiting()) {
      if (isLockedUp(await this.console())) throw new Error("the PC is locked up");
      await Bun.sleep(lockupPause);
    }
    // The answer is there; this one never ends.
    return new Promise(() => undefined);
  }

  /** A line that has to end well. @throws Error with all that it said */
  async must(user: User, line: string, options: LineOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.line(user, line, options);
    if (code !== 0) throw new Error(`${user}$ ${line}\n(code ${code})\n${`${stdout}${stderr}`.slice(-3000)}`);
    return stdout;
  }

  /** Keeps the PC as it is now, and goes on: its processors, memory and disk. */
  async keep(): Promise<void> {
    await this.#tell(`savevm ${moment}`);
    await this.#tell("quit");
    await this.#end();
    await rename(this.#path("disk.qcow2"), this.#path("kept.qcow2"));
    this.#kept = true;
    await this.takeBack();
  }

  /** Ends it, and takes it up at the moment that was kept. @throws Error when none was */
  async takeBack(): Promise<void> {
    if (!this.#kept) throw new Error("nothing of this PC was kept");
    await this.#end();
    // What else it said belongs to another life: a processor that was lost is there again.
    await rm(this.#path("console.log"), { force: true });
    await copyFile(this.#path("kept.qcow2"), this.#path("disk.qcow2"), constants.COPYFILE_FICLONE);
    await this.#start("-loadvm", moment);
    for (const user of ["root", student] as const) await this.#login(user);
  }

  get canBeTakenBack(): boolean {
    return this.#kept;
  }

  console(): Promise<string> {
    return readFile(this.#path("console.log"), "utf8").catch(() => "");
  }

  /** Whether QEMU goes on, and a line of root's is answered within a minute. */
  async isAlive(): Promise<boolean> {
    if (isLockedUp(await this.console())) return false;
    return isAlive(String(this.#qemu)) && (await this.line("root", "true").catch(() => undefined))?.code === 0;
  }

  async destroy(): Promise<void> {
    await this.#end();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** As one pulls the plug: nobody looks at the disk again. */
  async #end(): Promise<void> {
    for (const child of this.#children.splice(0).reverse()) child.kill("SIGKILL");
    await until("QEMU's end", () => (isAlive(String(this.#qemu)) ? undefined : true)).catch(() => undefined);
    for (const user of ["root", student]) await rm(this.#path(user), { force: true });
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  /** A command to QEMU's monitor. Answers when it is done, or QEMU has ended. @throws Error with what QEMU says against it */
  #tell(command: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(this.#path("monitor"));
      let said = "";
      socket.setEncoding("utf8").on("data", (piece: string) => {
        // The prompt that it greets with, and the one after the answer.
        const typed = said.includes("(qemu) ");
        said += piece;
        if (!typed && said.includes("(qemu) ")) socket.write(`${command}\n`);
        else if (said.split("(qemu) ").length > 2) socket.end();
      });
      socket.on("error", reject).on("close", () => {
        const error = /^Error: .*$/m.exec(said)?.[0];
        if (error === undefined) resolve();
        else reject(new Error(`${command}: ${error}`));
      });
    });
  }

  async #pack(files: readonly string[]): Promise<void> {
    const content = this.#path("inbox");
    await mkdir(content);
    for (const file of files) await cp(file, join(content, basename(file)));
    const image = this.#path("inbox.img");
    const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
    const mebibytes = Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 1024 ** 2);
    await mustRun(["mke2fs", "-q", "-t", "ext4", "-d", content, image, `${128 + Math.ceil(1.1 * mebibytes)}M`]);
  }

  async #start(...more: readonly string[]): Promise<void> {
    const { folder } = this.#disk;
    const words = [
      ...["-machine", "q35", "-accel", "tcg,thread=multi,tb-size=1024", "-cpu", "EPYC-Rome,-la57"],
      ...["-smp", "2", "-m", "4096", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"],
      ...["-kernel", join(folder, "kernel"), "-initrd", join(folder, "initrd")],
      ...["-append", "console=ttyS0 net.ifnames=0 mitigations=off quiet systemd.show_status=1"],
      ...["-drive", `file=${this.#path("disk.qcow2")},if=virtio,format=qcow2,cache=unsafe`],
      ...["-drive", `file=${this.#path("inbox.img")},if=virtio,format=raw,readonly=on`],
      ...["-monitor", `unix:${this.#path("monitor")},server=on,wait=off`, ...more],
      ...[
        "-netdev",
        `user,id=n,net=198.51.100.0/24,host=198.51.100.2,restrict=on,ipv6=off,hostfwd=tcp:127.0.0.1:22-${hostAddress}:22`,
      ],
      ...["-device", "virtio-net-pci,netdev=n,romfile=", "-device", "virtio-rng-pci", "-serial", "stdio"],
    ];
    const log = openSync(this.#path("console.log"), "a");
    const script = 'ip link set lo up && exec "$@"';
    const child = spawn("unshare", ["--net", "sh", "-euc", script, "sh", ...this.#emulator, ...words], {
      env: commandEnvironment({ TMPDIR: this.#folder }),
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.#children.push(child);
    this.#qemu = await new Promise<number>((resolve, reject) => {
      child.on("error", reject).on("spawn", () => resolve(child.pid ?? 0));
    });
  }

  /** @throws SilentPc when only QEMU itself has written to the console */
  async #speaks(): Promise<void> {
    const heard = async () =>
      (await this.console()).split("\n").some((line) => line.trim() !== "" && !line.startsWith("qemu-")) || undefined;
    await until("the PC's first word", heard, silencePatience).catch(() => {
      throw new SilentPc();
    });
  }

  /** One connection that the lines of this user share: each of its own would cost seconds. */
  async #login(user: User): Promise<void> {
    await until(
      `ssh of ${user}`,
      async () => {
        if (!isAlive(String(this.#qemu))) throw new Error("QEMU ended");
        const [program, ...args] = this.#ssh(user, ["-o", "ControlMaster=yes", "-N"]);
        const child = spawn(program, args, { env: commandEnvironment(), stdio: "ignore" });
        let ended = false;
        child.on("close", () => (ended = true)).on("error", () => (ended = true));
        const answered = await until(
          "the connection",
          async () => (ended ? false : (await run(this.#ssh(user, ["-O", "check"]))).code === 0 ? true : undefined),
          60_000,
        ).catch(() => false);
        if (answered) this.#children.push(child);
        else child.kill("SIGKILL");
        if (!answered) await Bun.sleep(1000);
        return answered ? true : undefined;
      },
      bootPatience,
    );
  }

  #ssh(user: User, words: readonly string[]): Argv {
    const options = [
      ...["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"],
      // The cheapest that both ends have: all of it is emulated.
      ...["KexAlgorithms=curve25519-sha256", "IdentitiesOnly=yes", `ControlPath=${this.#path(user)}`],
      ...["ConnectTimeout=20", "ServerAliveInterval=0"],
    ].flatMap((option) => ["-o", option]);
    const target =
      words[0]?.startsWith("-") === true ? [...words, `${user}@127.0.0.1`] : [`${user}@127.0.0.1`, ...words];
    const key = ["-i", join(this.#disk.folder, "key")];
    return ["nsenter", "--target", String(this.#qemu), "--net", "ssh", "-F", "none", ...key, ...options, ...target];
  }
}

export function quote(line: string): string {
  return `'${line.replaceAll("'", "'\\''")}'`;
}
