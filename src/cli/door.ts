import { connect } from "node:net";
import { join } from "node:path";
import { TarrError } from "../error.ts";
import { run } from "../host/command.ts";
import type { Machine } from "../model/machine.ts";
import { printable } from "../model/names.ts";
import { machineFolder } from "../providers/folders.ts";
import { machineKey } from "../providers/key.ts";
import { files } from "../providers/qemu/argv.ts";
import { stateOf } from "../providers/registry.ts";
import type { Context } from "./command.ts";
import { addressAt, knownHostsOf, portOf } from "./commands/machine-native.ts";
import { traitsOf } from "./image-of.ts";
import { requireNetwork } from "./networks.ts";
import { foreignSshOptions, sshOptions } from "./ssh-options.ts";
import type { Own, Target } from "./target.ts";
import { findTarget } from "./target.ts";

/** How ssh(1) gets into a machine. */
export type Door = {
  readonly name: string;
  /** Whether it is by the key that we keep for machines, and not by the user's own means. */
  readonly ours: boolean;
  readonly options: readonly string[];
  readonly to: string;
};

/** `NAME`, or `LOGIN@NAME`. */
export function splitLogin(text: string): { readonly login: string | null; readonly name: string } {
  const [, login, name] = /^([A-Za-z_][\w.-]{0,31})@(.+)$/.exec(text) ?? [];
  return login === undefined || name === undefined ? { login: null, name: text } : { login, name };
}

/**
 * Waits until ssh answers in a machine.
 *
 * @throws TarrError `machine-stopped`, `machine-port-gone`, `machine-unplugged`, `machine-network-stopped`,
 *   `machine-no-address`, `machine-ssh-silent`, `machine-native-silent`
 */
export async function openDoor(text: string, context: Context, knock = answersWithin): Promise<Door> {
  const { login, name } = splitLogin(text);
  const target = await findTarget(name);
  const door = target.kind === "own" ? await ownDoor(target, login, context) : await nativeDoor(target, login, context);
  if (await knock(door.address, sshPatience)) return door;
  const seconds = String(sshPatience / 1000);
  const values = { name: door.name, address: door.address, seconds };
  throw new TarrError(door.ours ? "machine-ssh-silent" : "machine-native-silent", values);
}

type Reached = Door & { readonly address: string };

/**
 * With the user's key for machines and a list of known hosts of that machine alone: the user's own known_hosts never learns
 * the keys of machines that come and go under one address.
 */
async function ownDoor({ name, machine }: Own, login: string | null, context: Context): Promise<Reached> {
  if ((await stateOf(machine)) !== "running") throw new TarrError("machine-stopped", { name });
  const address = await addressOf(machine, context);
  const user = login ?? (await traitsOf(machine.image)).login;
  const { path } = await machineKey();
  const options = sshOptions({ identity: path, knownHosts: join(machineFolder(machine.name), files.knownHosts) });
  return { name, ours: true, address, options: ["-F", "none", ...options], to: `${user}@${address}` };
}

/** With the user's own keys, settings and passwords, by which the machine was made. */
async function nativeDoor(
  target: Extract<Target, { kind: "native" }>,
  login: string | null,
  context: Context,
): Promise<Reached> {
  const port = await portOf(target, context);
  const address = addressAt(port);
  const options = foreignSshOptions(knownHostsOf(port));
  const to = login === null ? address : `${login}@${address}`;
  return { name: printable(target.name), ours: false, address, options, to };
}

async function addressOf(machine: Machine, context: Context): Promise<string> {
  const { ports } = await context.call("ListPorts", {});
  const [{ port: first }] = machine.nics;
  const port = ports.find((one) => one.id === first.id);
  if (port === undefined) throw new TarrError("machine-port-gone", { name: machine.name });
  if (port.cable === "out") throw new TarrError("machine-unplugged", { name: machine.name });
  await requireNetwork({ name: machine.name, cards: machine.nics }, context);
  const address = port.address ?? port.reserved;
  if (address === "") throw new TarrError("machine-no-address", { name: machine.name });
  return address;
}

const sshPort = 22;
const sshPatience = 30_000;

/** A machine that was just started answers a moment later. */
async function answersWithin(address: string, patience: number): Promise<boolean> {
  const deadline = performance.now() + patience;
  while (!(await answers(address))) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return true;
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

/** What ssh(1) says where none of the keys and passwords is taken (sshconnect2.c). */
export function isRefusal(said: string): boolean {
  return /Permission denied \([a-z,-]+\)/.test(said);
}

export function refusalAt({ name, ours, to }: Door): TarrError {
  const login = to.split("@")[0] ?? to;
  return new TarrError(ours ? "machine-ssh-refused" : "machine-native-refused", { name, login: printable(login) });
}

/** Asks once more and listens: of the connection that had the terminal nobody knows what it said. */
export async function isRefusedAt({ options, to }: Door): Promise<boolean> {
  const { code, stderr } = await run(["ssh", "-o", "BatchMode=yes", ...options, to, "--", "true"]);
  return code !== 0 && isRefusal(stderr);
}
