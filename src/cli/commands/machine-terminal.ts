import { createReadStream } from "node:fs";
import { access } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { TarrError } from "../../error.ts";
import type { Line } from "../../host/command.ts";
import { openLine, runInTerminal } from "../../host/command.ts";
import type { Machine } from "../../model/machine.ts";
import { machineFolder } from "../../providers/folders.ts";
import { machineKey } from "../../providers/key.ts";
import { connectFrom } from "../../providers/qemu/monitor.ts";
import { files } from "../../providers/qemu/argv.ts";
import { loadProvider, stateOf } from "../../providers/registry.ts";
import type { Context, Run } from "../command.ts";
import { traitsOf } from "../image-of.ts";
import { sshOptions } from "../ssh-options.ts";
import { find } from "./machine.ts";

/** Ctrl-], as telnet(1) has it. */
const leaveKey = 0x1d;

/** The machine's serial line on this terminal, until Ctrl-]. */
export const console: Run = async (context) => {
  const machine = await find(context);
  await requireRunning(machine);
  const provider = await loadProvider(machine.provider);
  const { stdin, stdout } = process;
  if (!stdin.isTTY) throw new TarrError("terminal-needed");
  context.note(context.say("console-leave"));
  const way = provider.features.console(machine);
  const { input, output, close } = way.kind === "program" ? openLine(way.argv) : socketLine(machine, way.name);
  return new Promise((resolve) => {
    const end = (code: number) => {
      stdin.setRawMode(false);
      stdin.pause();
      close();
      stdout.write("\n");
      resolve(code);
    };
    stdin.setRawMode(true);
    stdin.on("data", (typed: Buffer) => {
      if (typed.includes(leaveKey)) end(0);
      else input.write(typed);
    });
    output.on("data", (piece: Buffer) => stdout.write(piece));
    output.on("close", () => end(0)).on("error", () => end(1));
    input.on("error", () => end(1));
    // An empty line makes the guest print its prompt: a blank screen looks like a dead machine.
    input.write("\r");
  });
};

function socketLine(machine: Machine, name: string): Line {
  const socket = connectFrom(machineFolder(machine.name), name);
  return { input: socket, output: socket, close: () => socket.destroy() };
}

/** What the machine printed on its serial line so far. */
export const logs: Run = async (context) => {
  const machine = await find(context);
  const provider = await loadProvider(machine.provider);
  const path = join(machineFolder(machine.name), provider.features.log);
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (!exists) throw new TarrError("machine-stopped", { name: machine.name });
  await new Promise<void>((resolve, reject) => {
    createReadStream(path).on("end", resolve).on("error", reject).pipe(process.stdout, { end: false });
  });
  return 0;
};

/**
 * ssh(1) into a machine, with the user's key for machines and a list of known hosts of that machine alone: the user's
 * own known_hosts never learns the keys of machines that come and go under one address. An agent of this one command
 * holds just that key and is handed on, so that from one machine the next can be reached.
 */
export const ssh: Run = async (context) => {
  const machine = await find(context);
  await requireRunning(machine);
  const address = await addressOf(machine, context);
  const { login } = await traitsOf(machine.image);
  await waitForSsh(address, machine);
  const { path } = await machineKey();
  const options = sshOptions({ identity: path, knownHosts: join(machineFolder(machine.name), files.knownHosts) });
  const remote = context.rest.length === 0 ? [] : ["--", ...context.rest];
  const code = await runInTerminal([
    ...(["ssh-agent", "ssh", "-A", "-F", "none", "-o", "AddKeysToAgent=yes"] as const),
    ...options,
    `${login}@${address}`,
    ...remote,
  ]);
  // Its own failure, of which it says nothing with LogLevel=ERROR: a connection that broke, a machine that refuses.
  if (code === sshFailed) context.note(context.say("ssh-failed", { name: machine.name }));
  return code;
};

const sshFailed = 255;

async function requireRunning(machine: Machine): Promise<void> {
  if ((await stateOf(machine)) !== "running") throw new TarrError("machine-stopped", { name: machine.name });
}

async function addressOf(machine: Machine, context: Context): Promise<string> {
  const { ports } = await context.call("ListPorts", {});
  const [{ port: first }] = machine.nics;
  const port = ports.find((one) => one.id === first.id);
  if (port === undefined) throw new TarrError("machine-port-gone", { name: machine.name });
  if (port.cable === "out") throw new TarrError("machine-unplugged", { name: machine.name });
  const address = port.address ?? port.reserved;
  if (address === "") throw new TarrError("machine-no-address", { name: machine.name });
  return address;
}

const sshPort = 22;
const sshPatience = 30_000;

/** A machine that was just started answers a moment later. */
async function waitForSsh(address: string, machine: Machine): Promise<void> {
  const deadline = performance.now() + sshPatience;
  while (!(await answers(address))) {
    if (performance.now() > deadline) {
      throw new TarrError("machine-no-answer", { name: machine.name, seconds: String(sshPatience / 1000) });
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: sshPort });
    const end = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(2_000, () => end(false));
    socket.on("connect", () => end(true)).on("error", () => end(false));
  });
}
