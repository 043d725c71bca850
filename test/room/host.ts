/** A Debian host that boots systemd, as a person at its keyboard or its administrator meets it. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { commandEnvironment, mustRun, run, type Argv, type CommandResult } from "../../src/host/command.ts";
import { bare, type Lan, type Plug } from "./lan.ts";
import { announced, cgroupRoot, inCgroup, startBackground, until, type Background } from "./processes.ts";
import { removeCgroup, roomsFolder } from "./remains.ts";

/** An argument vector, or a line for the host's `sh -c`. */
export type HostCommand = string | Argv;

export type HostCommandOptions = {
  /** Milliseconds after which the command and what it started get SIGKILL (then its code is 137). 60 s if not said. */
  readonly timeout?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
};

export type HostPlan = {
  readonly name: string;
  /** Lower layers: what `ensureRoot` or `withPackage` answered. */
  readonly root: string;
  readonly plug: Omit<Plug, "namespace">;
  readonly lan: Lan;
  /** The room's name, with which everything of the host on this machine begins. */
  readonly prefix: string;
};

export class Host {
  readonly name: string;
  /** Without its prefix length. */
  readonly address: string;
  readonly #plan: HostPlan;
  readonly #folder: string;
  readonly #cgroup: string;
  #boots = 0;
  #plug: Plug | undefined;
  #init: string | undefined;

  constructor(plan: HostPlan) {
    this.name = plan.name;
    this.address = bare(plan.plug.address);
    this.#plan = plan;
    this.#folder = join(roomsFolder, plan.prefix, plan.name);
    this.#cgroup = join(cgroupRoot, plan.prefix, plan.name);
  }

  /** The process id, on this machine, of the host's process 1. @throws Error when the host is off. */
  get pid(): number {
    return Number(this.#running());
  }

  /** The network namespace of the present boot, for `ip netns exec` on this machine. */
  get namespace(): string {
    return `${this.#plan.prefix}-${this.name}-${this.#boots}`;
  }

  /** What the host wrote to its console, of all boots. */
  console(): Promise<string> {
    return readFile(join(this.#folder, "console.log"), "utf8");
  }

  /** Writes what an installer leaves on a PC's disk. Once, before the first boot. */
  async install(): Promise<void> {
    const etc = join(this.#folder, "upper/etc");
    await mkdir(etc, { recursive: true });
    await mkdir(join(this.#folder, "work"));
    await mkdir(join(this.#folder, "root"));
    const known = `127.0.0.1 localhost\n127.0.1.1 ${this.name}\n::1 localhost ip6-localhost\n`;
    await writeFile(join(etc, "hostname"), `${this.name}\n`);
    await writeFile(join(etc, "hosts"), known);
    await writeFile(join(etc, "resolv.conf"), "");
    // Without one, systemd takes each boot for the first of a new installation, and resets what is enabled.
    await writeFile(join(etc, "machine-id"), randomUUID().replaceAll("-", "") + "\n");
  }

  /** Starts the host in a new network namespace, and answers when systemd has started all it had to. */
  async boot(): Promise<void> {
    if (this.#init !== undefined) return;
    this.#boots += 1;
    this.#plug = { ...this.#plan.plug, namespace: this.namespace };
    await this.#plan.lan.plug(this.#plug);
    await mkdir(this.#cgroup, { recursive: true });
    const supervisor = await this.#startNspawn();
    try {
      this.#init = await until(`process 1 of ${this.name}`, () => findInit(supervisor));
      await until(`${this.name} to boot`, () => this.#answersSystemd(), 90_000);
    } catch (error) {
      throw new Error(`${this.name} did not boot: ${await this.console()}`, { cause: error });
    }
  }

  /** Shuts the host down, or with `hard` cuts its power: then no service stops and nothing is written. */
  async powerOff({ hard = false } = {}): Promise<void> {
    if (this.#init === undefined || this.#plug === undefined) return;
    if (!hard) {
      await this.root("systemctl poweroff");
      const populated = () => readFile(join(this.#cgroup, "cgroup.events"), "utf8");
      const off = async () => (await populated()).includes("populated 0") || undefined;
      await until(`${this.name} to shut down`, off, 120_000);
    }
    await removeCgroup(this.#cgroup);
    await this.#plan.lan.unplug(this.#plug);
    this.#init = undefined;
  }

  /** What the kernel holds (links, nftables, sysctls) is lost as on a PC, since the network namespace is a new one. */
  async reboot(options: { hard?: boolean } = {}): Promise<void> {
    await this.powerOff(options);
    await this.boot();
  }

  /** Runs a command as root, without a login. */
  root(command: HostCommand, options: HostCommandOptions = {}): Promise<CommandResult> {
    return this.#run(limited(argvOf(command), options), options);
  }

  /** Runs a command as a user who logged in. */
  as(user: string, command: HostCommand, options: HostCommandOptions = {}): Promise<CommandResult> {
    return this.#run(login(user, limited(argvOf(command), options)), options);
  }

  /** Runs a command as a user who types `sudo` before it: root, with SUDO_UID. The user needs `sudo: true`. */
  asSudo(user: string, command: HostCommand, options: HostCommandOptions = {}): Promise<CommandResult> {
    return this.#run(login(user, ["sudo", "--non-interactive", ...limited(argvOf(command), options)]), options);
  }

  /** Starts a command that goes on, as root or as a user who logged in. */
  background(command: HostCommand, { user }: { user?: string } = {}): Promise<Background> {
    const argv = announced(argvOf(command));
    return startBackground({
      argv: this.#enter(user === undefined ? argv : login(user, argv)),
      signal: (name, group) => this.root(["kill", "-s", name, "--", `-${group}`]),
    });
  }

  /** Makes a person's account, with a password-less `sudo` if asked, whose user services run from boot on. */
  async addUser(name: string, { sudo = false } = {}): Promise<void> {
    await this.#must(["useradd", "--create-home", "--shell", "/bin/bash", name]);
    if (sudo) await this.#must(`umask 227; echo '${name} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/${name}`);
    await this.#must(["loginctl", "enable-linger", name]);
    await until(`the user services of ${name}`, async () => {
      const { code } = await this.root(`test -S /run/user/$(id -u ${name})/bus`);
      return code === 0 || undefined;
    });
  }

  /** Copies a file, with its mode; folders that lack are made. */
  async copyIn(localPath: string, hostPath: string): Promise<void> {
    const mode = ((await stat(localPath)).mode & 0o7777).toString(8);
    const install = this.#enter(["install", "-D", "-m", mode, "/dev/stdin", hostPath]);
    await mustRun(["sh", "-c", 'exec "$@" <"$0"', localPath, ...install], { timeout: 300_000 });
  }

  #running(): string {
    if (this.#init === undefined) throw new Error(`host ${this.name} is off`);
    return this.#init;
  }

  async #must(command: HostCommand): Promise<void> {
    const { code, stderr } = await this.root(command);
    if (code !== 0) throw new Error(`on ${this.name}: ${argvOf(command).join(" ")}: ${stderr}`);
  }

  #run(argv: Argv, { timeout = defaultTimeout, stdin = "" }: HostCommandOptions): Promise<CommandResult> {
    // The host's `timeout` comes first: ours ends nsenter alone, and the pipe would stay open until the command ends.
    return run(this.#enter(argv), { timeout: timeout + 10_000, stdin });
  }

  /**
   * Into the host's namespaces, and into a control group of the host's: what stays in a group that the host cannot see
   * has no unit and no session there, and logind refuses it ("Protocol driver not attached").
   */
  #enter(argv: Argv): Argv {
    const enter = ["nsenter", "--target", this.#running(), "--all", "env", "-i", ...rootEnvironment] as const;
    return inCgroup(join(this.#cgroup, "payload/init.scope"), [...enter, ...argv]);
  }

  async #answersSystemd(): Promise<true | undefined> {
    const { stdout } = await this.root("systemctl is-system-running --wait", { timeout: 90_000 });
    return ["running", "degraded"].includes(stdout.trim()) || undefined;
  }

  /** Answers the process id of systemd-nspawn, which outlives this call. */
  #startNspawn(): Promise<number> {
    const disk = this.#folder;
    const script = ["unshare", "--mount", "--propagation=slave", "sh", "-euc", nspawnScript] as const;
    const [program, ...args] = inCgroup(this.#cgroup, [...script, this.#plan.root, disk, this.name, this.namespace]);
    const log = openSync(join(disk, "console.log"), "a");
    return new Promise((resolve, reject) => {
      // Detached: Ctrl-C would reach nspawn too, and it would end while the test still reads from the host.
      const child = spawn(program, args, { env: commandEnvironment(), stdio: ["ignore", log, log], detached: true });
      child.on("error", reject).on("spawn", () => {
        child.unref();
        resolve(child.pid ?? 0);
      });
      closeSync(log);
    });
  }
}

const defaultTimeout = 60_000;

const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const rootEnvironment = [`PATH=${path}`, "HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/sh", "TERM=dumb"];

/**
 * Arguments: the lower layers, the host's folder, its name, its network namespace.
 *
 * All mounts are made in a mount namespace of nspawn's own, so they end with it. The tun device is a node of our own,
 * since the host's tmpfiles change its mode, which through a bind mount would change the machine's. Writable /proc/sys/net
 * is what a PC has; the rest of /proc/sys is the machine's and stays read only.
 */
const nspawnScript = `
mkdir -p /run/systemd/nspawn
mount -t tmpfs tmpfs /run/systemd/nspawn
mknod -m 666 /run/systemd/nspawn/tun c 10 200
mount -t overlay overlay -o "lowerdir=$0,upperdir=$1/upper,workdir=$1/work" "$1/root"
export UNIFIED_CGROUP_HIERARCHY=1 SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_NSPAWN_API_VFS_WRITABLE=network
exec systemd-nspawn --quiet --directory="$1/root" --machine="$2" --register=no --keep-unit --console=pipe --boot \\
  --resolv-conf=off --timezone=off --network-namespace-path="/run/netns/$3" \\
  --capability=CAP_NET_ADMIN,CAP_NET_RAW --bind=/run/systemd/nspawn/tun:/dev/net/tun
`;

/** Of nspawn's children, the one that is process 1 in a namespace. */
async function findInit(supervisor: number): Promise<string | undefined> {
  const read = (file: string) => readFile(`/proc/${file}`, "utf8").catch(() => "");
  const children = await read(`${supervisor}/task/${supervisor}/children`);
  for (const child of children.split(" ").filter((id) => id !== "")) {
    if (/^NSpid:.*\t1$/m.test(await read(`${child}/status`))) return child;
  }
  return undefined;
}

function argvOf(command: HostCommand): Argv {
  return typeof command === "string" ? ["sh", "-c", command] : command;
}

/**
 * `timeout` stands next to the command, inside su and sudo, since those do not hand a SIGKILL on. The shell before it
 * makes the code 137 of the SIGKILL that it also gives itself; nsenter would repeat it.
 */
function limited(argv: Argv, { timeout = defaultTimeout, env = {} }: HostCommandOptions): Argv {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const limit = ["timeout", "--signal=KILL", String(timeout / 1000)];
  return ["env", ...variables, "sh", "-c", '"$@"; exit $?', "sh", ...limit, ...argv];
}

/** The two variables are those of a desktop's terminal; `su` leaves them unset where PAM makes no session. */
const loginScript = `
export XDG_RUNTIME_DIR=/run/user/$(id -u)
export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus
exec "$@"`;

function login(user: string, argv: Argv): Argv {
  return ["su", "--login", `--command=${loginScript}`, "--", user, "sh", ...argv];
}
