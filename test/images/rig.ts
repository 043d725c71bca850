import { spawn, type ChildProcess } from "node:child_process";
import { openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { join } from "node:path";
import { mustRun, run, type CommandResult } from "../../src/host/command.ts";
import { readKernelImage } from "../../src/images/record.ts";
import { guestCommandLine } from "../../src/images/tiny/cmdline.ts";

/** A network namespace of its own with a bridge, taps and a DHCP server: the switch of these tests. */
export type Rig = { readonly folder: string; readonly netns: string; readonly children: Set<ChildProcess> };

export type Guest = { readonly name: string; readonly index: number; readonly disk: string; process: ChildProcess };

export async function makeRig(folder: string): Promise<Rig> {
  const rig = { folder, netns: `tiny-${process.pid}`, children: new Set<ChildProcess>() };
  await mustRun(["ip", "netns", "add", rig.netns]);
  const ip = (...args: string[]) => mustRun(["ip", "-n", rig.netns, ...args]);
  await ip("link", "set", "lo", "up");
  await ip("link", "add", "br0", "type", "bridge", "forward_delay", "0");
  await ip("link", "set", "br0", "up");
  for (const tap of ["tap0", "tap1"]) {
    await ip("tuntap", "add", tap, "mode", "tap");
    await ip("link", "set", tap, "master", "br0", "up");
  }
  await mustRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")]);
  return rig;
}

export async function removeRig(rig: Rig): Promise<void> {
  for (const child of [...rig.children]) await end(rig, child);
  await run(["ip", "netns", "del", rig.netns]);
}

/** A program in the namespace that runs until `end`; `ip netns exec` becomes the program, so that its pid is ours. */
function start(rig: Rig, log: string, argv: readonly string[]): ChildProcess {
  const output = openSync(join(rig.folder, log), "a");
  const child = spawn("ip", ["netns", "exec", rig.netns, ...argv], { stdio: ["ignore", output, output] });
  rig.children.add(child);
  child.on("exit", () => rig.children.delete(child));
  return child;
}

export async function end(rig: Rig, child: ChildProcess): Promise<void> {
  if (!rig.children.has(child)) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

/** The address of the switch and its DHCP server; `prefix` is "192.0.2". */
export async function serve(rig: Rig, prefix: string, more: readonly string[] = []): Promise<ChildProcess> {
  await mustRun(["ip", "-n", rig.netns, "addr", "flush", "dev", "br0", "scope", "global"]);
  await mustRun(["ip", "-n", rig.netns, "addr", "add", `${prefix}.1/24`, "dev", "br0"]);
  return start(rig, "dnsmasq.log", [
    ...["dnsmasq", "--conf-file=/dev/null", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--no-ping"],
    ...["--bind-dynamic", "--interface=br0", `--dhcp-range=${prefix}.10,${prefix}.99,1h`, "--dhcp-option=26,1400"],
    ...["--domain=lab.test", "--local=/lab.test/", "--dhcp-authoritative", "--dhcp-leasefile=" + leases(rig)],
    "--pid-file=",
    ...more,
  ]);
}

function leases(rig: Rig): string {
  return join(rig.folder, "leases");
}

export async function startGuest(rig: Rig, image: string, index: number): Promise<Guest> {
  const name = `web${index}`;
  const disk = join(rig.folder, `${name}.raw`);
  if (!(await Bun.file(disk).exists())) {
    await mustRun(["truncate", "-s", "128M", disk]);
    await mustRun(["mke2fs", "-q", "-t", "ext4", "-F", disk]);
  }
  const guest = { name, index, disk };
  return { ...guest, process: start(rig, "qemu.log", await qemuArgv(rig, image, guest)) };
}

async function qemuArgv(rig: Rig, image: string, guest: Omit<Guest, "process">): Promise<string[]> {
  const record = await readKernelImage(image, "qemu");
  const key = await readFile(join(rig.folder, "key.pub"), "utf8");
  const { name, index } = guest;
  return [
    ...["qemu-system-x86_64", "-M", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "1", "-m", "128"],
    ...["-nodefaults", "-no-user-config", "-display", "none"],
    ...["-kernel", join(image, record.kernel), "-initrd", join(image, record.initrd)],
    ...["-append", guestCommandLine(record.commandLine, { hostname: name, keys: [key] })],
    ...["-drive", `file=${guest.disk},if=virtio,format=raw`],
    ...["-netdev", `tap,id=n,ifname=tap${index},script=no,downscript=no`],
    ...["-device", `virtio-net-pci,netdev=n,romfile=,mac=${mac(index)}`],
    ...["-serial", `file:${join(rig.folder, `${name}.log`)}`, "-qmp", `unix:${monitor(rig, name)},server,nowait`],
  ];
}

function mac(index: number): string {
  return `52:54:00:00:00:0${index}`;
}

function monitor(rig: Rig, name: string): string {
  return join(rig.folder, `${name}.sock`);
}

/** One command to QEMU's monitor ("system_powerdown", "system_reset"). */
export function monitorCommand(rig: Rig, guest: Guest, command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(monitor(rig, guest.name));
    const send = (execute: string) => socket.write(JSON.stringify({ execute }) + "\n");
    let answers = 0;
    socket.on("error", reject).on("data", (data) => {
      answers += data.toString().split('"return"').length - 1;
      if (data.toString().includes('"QMP"')) send("qmp_capabilities");
      else if (answers === 1) send(command);
      else if (answers >= 2) socket.end(resolve);
    });
  });
}

/** The address the DHCP server gave, once it answers pings: then the guest really has it. */
export async function waitForAddress(rig: Rig, guest: Guest, seconds: number): Promise<string> {
  return await until(seconds, `an address of ${guest.name}`, async () => {
    const text = await readFile(leases(rig), "utf8").catch(() => "");
    const address = text
      .split("\n")
      .find((line) => line.includes(mac(guest.index)))
      ?.split(" ")[2];
    if (address === undefined) return undefined;
    return (await inside(rig, "ping", "-c1", "-W1", address)).code === 0 ? address : undefined;
  });
}

export function inside(rig: Rig, ...argv: string[]): Promise<CommandResult> {
  return run(["ip", "netns", "exec", rig.netns, ...argv], { timeout: 20_000 });
}

/** Where ssh goes to. */
export type Door = { readonly address: string; readonly options?: readonly string[] };

/** What a command in the guest prints; tried again until ssh answers. */
export async function ssh(rig: Rig, door: string | Door, command: string): Promise<string> {
  const { address, options = [] } = typeof door === "string" ? { address: door } : door;
  const plain = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "ConnectTimeout=2"];
  // A machine that goes down takes no leave: without this ssh would wait for its answer.
  plain.push("ServerAliveInterval=1", "ServerAliveCountMax=2");
  const words = plain.flatMap((option) => ["-o", option]);
  const identity = ["-i", join(rig.folder, "key")];
  return await until(15, `ssh to ${address}: ${command}`, async () => {
    const result = await inside(rig, "ssh", ...words, ...identity, ...options, `root@${address}`, command);
    return result.code === 255 || result.code === 128 ? undefined : result.stdout.trim() + result.stderr.trim();
  });
}

export async function until<T>(seconds: number, what: string, probe: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  while (performance.now() < deadline) {
    const value = await probe();
    if (value !== undefined) return value;
    await Bun.sleep(50);
  }
  throw new Error(`within ${seconds} s: no ${what}`);
}
