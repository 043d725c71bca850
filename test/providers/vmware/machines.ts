import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TarrError } from "../../../src/error.ts";
import { run } from "../../../src/host/command.ts";
import type { Machine, MachineState } from "../../../src/model/machine.ts";
import { interfaceName, isMac, isPortId, parseMachineName, parseNetworkName } from "../../../src/model/names.ts";
import { imageFolder, machineFolder } from "../../../src/providers/folders.ts";
import type { NativeMachine } from "../../../src/providers/provider.ts";
import { claimFolder, writeMachine } from "../../../src/providers/records.ts";
import { vmwareProvider as provider } from "../../../src/providers/vmware/provider.ts";

/** Machines on the host of host.sh, as its user has them. */
export const home = process.env["HOME"] ?? "";
export const networking = "VERSION=1,0\nanswer VNET_8_NAT yes\nadd_bridge_mapping eth1 2\n";
const image = {
  format: 1,
  name: "tiny",
  architecture: "x86_64",
  kernel: "kernel",
  packedKernel: "kernel",
  initrd: "initrd",
  kernelVersion: "6.1",
  commandLine: "console=ttyS0 quiet",
  modules: ["vmxnet3", "ahci", "sd_mod"],
  programs: [],
  built: "2026-01-01T00:00:00Z",
};

export function machine(name: string): Machine {
  const [id, mac] = ["abc234", "00:50:56:12:34:56"];
  if (!isPortId(id) || !isMac(mac)) throw new Error("constants");
  return {
    name: parseMachineName(name),
    provider: "vmware",
    image: "tiny",
    memory: 130,
    nics: [
      {
        network: parseNetworkName("lab"),
        port: { id, interface: interfaceName("tsabc234"), switch: interfaceName("vswitch0"), mac },
      },
    ],
  };
}

export async function make(name: string): Promise<Machine> {
  const made = machine(name);
  await claimFolder(made.name);
  await provider.create(made);
  await writeMachine(made);
  return made;
}

/** The problem that a promise fails with, and the values that its sentence is made of. */
export async function problem(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof TarrError) return error.values["problem"] ?? error.code;
    throw error;
  }
  return "none";
}

export async function find(name: string): Promise<NativeMachine> {
  const found = (await provider.machines([name])).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}
export const state = async (name: string): Promise<MachineState> => (await find(name)).state;
export const vmxOf = (name: string) => join(machineFolder(name), `${name}.vmx`);
export const vmrun = (...args: string[]) => run(["vmrun", "-T", "ws", ...args]);
export const calls = () => readFileSync(join(home, "vmrun.calls"), "utf8").trim().split("\n");
export const map = () => writeFileSync("/etc/vmware/networking", `${networking}add_bridge_mapping vmware0 200\n`);

/** The image that machines are made of. */
export function makeImage(): void {
  const folder = imageFolder("tiny");
  mkdirSync(folder, { recursive: true });
  for (const name of ["kernel", "initrd"]) writeFileSync(join(folder, name), name);
  writeFileSync(join(folder, "image.json"), JSON.stringify(image));
}
