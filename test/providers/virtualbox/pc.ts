/**
 * The emulated PC of this test, with the package, the image and three machines that have their addresses; and what its
 * user does there.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { mustRun } from "../../../src/host/command.ts";
import { until } from "../../room/processes.ts";
import { packagePath } from "../../system/stage.ts";
import { ensureHostDisk } from "./disk.ts";
import { ensureEmulator } from "./emulator.ts";
import type { Parts } from "./emulated-host.ts";
import { EmulatedHost, inbox, quote } from "./emulated-host.ts";
import type { Spot } from "./matrix.ts";
import { guestSpot, hostSpot } from "./matrix.ts";

const minutes = 60_000;
/** Two guests on one emulated processor's worth of time: a boot takes one minute on an idle computer, several on a busy one. */
const addressPatience = 5 * minutes;
const image = "~/.local/share/tarr-steps/images/tiny/image.json";
/** Words that this nesting of processors needs and no real computer does. */
export const nesting = "noxsave nokaslr mitigations=off";

/**
 * Settings of VirtualBox, for all machines of the user's, that this nesting needs and no real computer does. Periodic
 * preemption timers never catch up with an emulated clock: 2000 interrupts a second on each processor, 100 without. And
 * QEMU does not say that its TSC is invariant, so that VirtualBox would leave the guest at each reading.
 */
export const hidden = {
  "VBoxInternal/VMM/UsePeriodicPreemptionTimers": "0",
  "VBoxInternal/TM/TSCMode": "RealTSCOffset",
};

type MachineList = { machines: { name: string; state: string; nics: { mac: string; address: string | null }[] }[] };

/**
 * A guest's processor faulted three times over, or got the PC's registers, in one of some three PCs, and five times in one
 * run. A PC that is taken back has its guests in two minutes.
 */
const mostRenewals = 8;
const guests = ["v1", "v2", "c1"] as const;

export const say = (line: string) => void process.stderr.write(`${line}\n`);

export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  try {
    return await work();
  } finally {
    say(`${Math.round((performance.now() - started) / 1000)} s  ${what}`);
  }
}

export class Pc {
  readonly #parts: Parts;
  readonly #deb: string;
  #host: EmulatedHost;
  renewals = 0;
  /** Whether it has its package and machines. */
  #prepared = false;
  /** Why it could not be prepared. */
  #spoilt: { readonly error: unknown } | undefined;
  #spots: readonly Spot[] | undefined;

  private constructor(parts: Parts, deb: string, host: EmulatedHost) {
    this.#parts = parts;
    this.#deb = deb;
    this.#host = host;
  }

  static async open(): Promise<Pc> {
    const packed = await packagePath();
    const emulator = await step("the emulator (cached)", ensureEmulator);
    const parts = { disk: await step("the PC's disk (cached)", () => ensureHostDisk(packed)), emulator };
    const deb = await loosen(packed);
    const pc = new Pc(parts, deb, await step("the PC boots", () => EmulatedHost.boot(parts, [deb])));
    try {
      await pc.evenIfEmulationDies(() => Promise.resolve());
      return pc;
    } catch (error) {
      // Else it would go on, and take a processor from every test after this one.
      await pc.destroy();
      throw error;
    }
  }

  get host(): EmulatedHost {
    return this.#host;
  }

  /** A line of the user's. */
  user(line: string, timeout = 2 * minutes): Promise<string> {
    return this.#host.must("etu", line, { timeout });
  }

  vboxmanage(words: string): Promise<string> {
    return this.user(`LC_ALL=C.UTF-8 VBoxManage ${words}`);
  }

  /** While a machine's process ends VirtualBox cannot describe it. */
  shown(name: string): Promise<string> {
    const look = () => this.vboxmanage(`showvminfo ${quote(name)} --machinereadable`).catch(() => undefined);
    return until(`what VirtualBox says of ${name}`, look, 20_000);
  }

  async machine(name: string) {
    const { machines } = JSON.parse(await this.user("tarr-steps machine list --json")) as MachineList;
    return machines.find((one) => one.name === name);
  }

  /** Runs a line that starts a machine, and answers its address: the emulation may need longer to it than the line waits. */
  async start(name: string, line = `tarr-steps machine start ${name}`): Promise<string> {
    const { code, stderr } = await this.#host.line("etu", line, { timeout: 6 * minutes });
    if (code !== 0 && !stderr.includes("has taken no address")) throw new Error(`${line}: ${stderr}`);
    return until(`the address of ${name}`, () => this.#addressOf(name), addressPatience);
  }

  /** @param renewed by new connections, since the ones that there are may be broken */
  async spots(renewed = false): Promise<readonly Spot[]> {
    if (this.#spots !== undefined && !renewed) return this.#spots;
    const reached = guests.map(async (name) => {
      const address = (await this.machine(name))?.nics[0]?.address;
      if (address === null || address === undefined) throw new Error(`${name} has no address`);
      return guestSpot(this.#host, name, address);
    });
    this.#spots = [...(await Promise.all(reached)), hostSpot(this.#host, "192.168.194.1")];
    return this.#spots;
  }

  /** Does the work; again in a new PC after a failure with which the emulation itself had died. */
  evenIfEmulationDies(work: () => Promise<void>): Promise<void> {
    return throughRenewals(this, async () => {
      if (!this.#prepared) await this.#prepareOnce();
      await work();
    });
  }

  /** The PC as it was before VirtualBox ran its first machine; a new one if it did not come that far. */
  async renew(): Promise<void> {
    this.#prepared = false;
    this.#spoilt = undefined;
    this.#spots = undefined;
    if (this.#host.canBeTakenBack) return step("the PC is taken back", () => this.#host.takeBack());
    await this.#host.destroy();
    this.#host = await step("a new PC boots", () => EmulatedHost.boot(this.#parts, [this.#deb]));
  }

  /** What there is to be seen after a failure. */
  async evidence(): Promise<string> {
    const looks = [
      "tarr-steps machine list; tarr-steps status; ip -brief link",
      "cd ~/.local/share/tarr-steps/machines; tail -n 5 */console.log */Logs/VBox.log",
    ];
    const answers = await Promise.all(looks.map((line) => this.#host.line("etu", line).catch(() => undefined)));
    return answers.map((answer) => answer?.stdout ?? "").join("\n");
  }

  async destroy(): Promise<void> {
    await this.#host.destroy();
    await rm(join(this.#deb, ".."), { recursive: true, force: true });
  }

  /** What could not be prepared is half there: every test after says why, and tries nothing. */
  async #prepareOnce(): Promise<void> {
    if (this.#spoilt !== undefined) throw new Error("the PC could not be prepared", { cause: this.#spoilt.error });
    try {
      if (!this.#host.canBeTakenBack) await this.#furnish();
      await this.#startGuests();
      this.#prepared = true;
    } catch (error) {
      this.#spoilt = { error };
      throw error;
    }
  }

  /** All but VirtualBox's machines, with which an emulation may die: what a PC is taken back to. */
  async #furnish(): Promise<void> {
    // All it recommends is on the disk, but QEMU.
    const install = `DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${inbox}/*.deb`;
    await step("the package is installed", () => this.#host.must("root", install, { timeout: 8 * minutes }));
    for (const [key, value] of Object.entries(hidden)) await this.vboxmanage(`setextradata global ${key} ${value}`);
    await step("the image is built", () => this.user("tarr-steps image build tiny", 4 * minutes));
    await this.user(`sed -i 's/"commandLine": "/&${nesting} /' ${image}`);
    await step("c1 is made and up", () => this.user("tarr-steps machine create c1 --provider lxc --start"));
    await step("the PC is kept", () => this.#host.keep());
  }

  async #startGuests(): Promise<void> {
    // One after the other: together they take as long, and either may then outlast any patience.
    for (const name of ["v1", "v2"]) {
      // Not by `--start`: a machine that cannot start is taken back, with the log that tells whether the emulation died.
      await this.user(`tarr-steps machine create ${name} --provider virtualbox`);
      await step(`${name} is up`, () => this.start(name));
    }
  }

  async #addressOf(name: string): Promise<string | undefined> {
    const { state, nics } = (await this.machine(name)) ?? {};
    if (state !== "running") throw new Error(`${name} is ${state ?? "gone"}`);
    return nics?.[0]?.address ?? undefined;
  }
}

/**
 * What of the emulation's own has ended: the PC, a guest whose processor faulted three times over, or one that got the PC's
 * own registers. VirtualBox's log names triple faults at each start too, among its settings.
 */
export async function deathOfEmulation(host: EmulatedHost): Promise<string | undefined> {
  if (!(await host.isAlive())) return `the PC has stopped\n${(await host.console()).slice(-2000)}`;
  const look = "grep -H 'Guru Meditation .*TRIPLE_FAULT' ~/.local/share/tarr-steps/machines/*/Logs/VBox.log";
  const { stdout } = await host.line("etu", look);
  return stdout.trim() === "" ? mixedUpGuest(host) : stdout.trim();
}

/**
 * A guest whose interrupt table is the PC's kernel's: real mode reaches one megabyte, and this is above four gigabytes.
 * QEMU saved the PC's processor as the guest's when it left the guest; seen before the guest had printed anything.
 */
async function mixedUpGuest(host: EmulatedHost): Promise<string | undefined> {
  const look = `VBoxManage list runningvms | sed -n 's/^"\\([^"]*\\)".*/\\1/p' | while read -r name
    do echo "$name" $(VBoxManage debugvm "$name" getregisters cr0 idtr_base </dev/null)
    done`;
  const { stdout } = await host.line("etu", look);
  return stdout.split("\n").find(isMixedUp);
}

/** @param registers as `debugvm` tells them: `v1 cr0 = 0x00000012 idtr_base = 0xfffffe0000000000` */
export function isMixedUp(registers: string): boolean {
  const [, cr0, table] = / cr0 = (0x[0-9a-f]+) idtr_base = (0x[0-9a-f]+)$/.exec(registers) ?? [];
  if (cr0 === undefined || table === undefined) return false;
  const protectedMode = 1n;
  return (BigInt(cr0) & protectedMode) === 0n && BigInt(table) > 0xffff_ffffn;
}

type Emulation = {
  readonly host: EmulatedHost;
  /** New PCs so far. */
  renewals: number;
  readonly renew: () => Promise<void>;
  readonly evidence: () => Promise<string>;
};

/** Does the work; again in a new PC after a failure with which the emulation had died, which is said. Any other failure is one. */
export async function throughRenewals(emulation: Emulation, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const death = await deathOfEmulation(emulation.host);
    if (death === undefined) say(await emulation.evidence());
    if (death === undefined || emulation.renewals >= mostRenewals) throw error;
    say(`THE EMULATION DIED, a new PC: ${death}\nseen by: ${String(error)}`);
    emulation.renewals += 1;
    await emulation.renew();
    await throughRenewals(emulation, work);
  }
}

/** The same package, not compressed: unpacking it takes a minute of an emulated processor. */
export async function loosen(packed: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tarr-steps-loose-"));
  const tree = join(folder, "tree");
  const deb = join(folder, basename(packed));
  await mustRun(["dpkg-deb", "--raw-extract", packed, tree], { timeout: 2 * minutes });
  await mustRun(["dpkg-deb", "-Znone", "--root-owner-group", "--build", tree, deb], { timeout: 2 * minutes });
  await rm(tree, { recursive: true });
  return deb;
}
