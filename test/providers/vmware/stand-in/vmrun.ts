/**
 * Stands in for VMware's vmrun: keeps which machines run in ~/.stand-in/running, and prints the texts that VMware documents
 * or users have posted (README.md of the provider). It refuses what VMware refuses of a .vmx.
 */
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { listSnapshots, resume, revert, savedState, suspend, takeSnapshot } from "./saved.ts";
import { beside, ended, read, running, set, setRunning } from "./vmx-file.ts";

const [, , flag, product, command, vmx = "", how] = process.argv;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** vmrun prints errors to standard output, and ends with -1. */
function fail(text: string): number {
  say(`Error: ${text}`);
  return 255;
}

/** What a machine without a window does instead of asking. */
function dialog(id: string, text: string): number {
  const at = "2025-07-14T10:00:00.000Z In(05) vmx";
  writeFileSync(join(dirname(vmx), "vmware.log"), `${at} Log for VMware Workstation\n${at} [${id}] ${text}\n`);
  return fail("The operation was canceled");
}

function start(): number {
  if (!existsSync(vmx)) return fail(`Cannot open VM: ${vmx}, The virtual machine cannot be found`);
  if (!vmx.endsWith(".vmx")) return fail(`Cannot open VM: ${vmx}, unknown file suffix`);
  if (existsSync(`${vmx}.lck`)) return fail("The file is already in use");
  const window = how !== "nogui" && process.env["DISPLAY"] === undefined;
  if (window) return fail("The operation was canceled");
  const settings = read(vmx);
  const problem = refusal(settings);
  if (problem !== null) return problem;
  if (!resume(vmx))
    return dialog("msg.checkpoint.open", `Cannot open '${savedState(vmx)}': No such file or directory.`);
  mkdirSync(`${vmx}.lck`);
  writeFileSync(join(`${vmx}.lck`, "M12345.lck"), "");
  set(vmx, {
    "uuid.bios": "56 4d 00 00 00 00 00 00-00 00 00 00 00 00 00 01",
    "ethernet0.pciSlotNumber": "160",
    // Taken out when the address is no longer VMware's.
    ...(settings.get("ethernet0.addresstype") === "static" ? { "ethernet0.generatedAddress": null } : {}),
  });
  setRunning([...running(), vmx]);
  const socket = settings.get("serial1.filetype") === "pipe" ? settings.get("serial1.filename") : undefined;
  if (socket !== undefined) guest(socket);
  return 0;
}

function refusal(settings: ReadonlyMap<string, string>): number | null {
  if (!existsSync("/dev/vmmon")) {
    return dialog("msg.vmmonPosix.noFile2", "Could not open /dev/vmmon: No such file or directory.");
  }
  if (Number(settings.get("memsize") ?? 32) % 4 !== 0)
    return dialog("msg.memSize", "Memory size is not a multiple of 4.");
  for (const device of ["sata0:0", "sata0:1", "ide0:0", "ide1:0"]) {
    const name = settings.get(`${device}.filename`);
    if (name === undefined || existsSync(beside(vmx, name))) continue;
    return dialog("msg.disk.noBackEnd", `Cannot open the disk '${name}': A file was not found.`);
  }
  const address = settings.get("ethernet0.address") ?? "00:50:56:00:00:00";
  if (settings.get("ethernet0.addresstype") === "static" && !/^00:50:56:[0-3]/i.test(address)) {
    return dialog("msg.ethernet.badAddr", `The MAC address ${address} is not an allowed static Ethernet address.`);
  }
  const device = settings.get("ethernet0.vnet") ?? "";
  if (settings.get("ethernet0.connectiontype") !== "custom" || existsSync(device)) return null;
  return dialog("msg.vnet.connectvnet", `Could not connect 'Ethernet0' to virtual network '${device}'.`);
}

/** A guest with a shell on its console, that outlives us. */
function guest(socket: string): void {
  const child = spawn(process.execPath, [join(import.meta.dir, "guest.ts"), vmx, socket], {
    detached: true,
    stdio: "ignore",
  });
  child.unref();
  for (let tries = 0; tries < 200 && !existsSync(socket); tries += 1) Bun.sleepSync(10);
}

function stop(): number {
  if (!running().includes(vmx)) return fail(`The virtual machine is not powered on: ${vmx}`);
  const tools = existsSync(join(dirname(vmx), "stand-in.tools"));
  if (how !== "hard" && !tools) return fail(`The VMware Tools are not running in the virtual machine: ${vmx}`);
  ended(vmx);
  return 0;
}

function deleteMachine(): number {
  if (!existsSync(vmx)) return fail("The virtual machine cannot be found");
  if (existsSync(`${vmx}.lck`)) return fail("The file is already in use");
  // Whether the real one deletes a suspended machine is not known.
  if (savedState(vmx) !== "") return fail(`The virtual machine should be powered off: ${vmx}`);
  const folder = dirname(vmx);
  for (const name of readdirSync(folder)) {
    if (/\.(?:vmx|vmdk|nvram|vmsd|vmsn|vmxf)$|^vmware.*\.log$/.test(name)) rmSync(join(folder, name));
  }
  const inventory = join(process.env["HOME"] ?? "", ".vmware", "inventory.vmls");
  if (existsSync(inventory)) {
    const kept = readFileSync(inventory, "utf8")
      .split("\n")
      .filter((line) => !line.includes(`"${vmx}"`));
    writeFileSync(inventory, kept.join("\n"));
  }
  return 0;
}

function snapshots(): number {
  if (!existsSync(vmx)) return fail("The virtual machine cannot be found");
  const names = listSnapshots(vmx);
  if (command === "listSnapshots") {
    say(`Total snapshots: ${names.length}`);
    names.forEach(say);
    return 0;
  }
  if (command === "snapshot") takeSnapshot(vmx, how ?? "");
  else if (!revert(vmx, how ?? "")) return fail("The snapshot does not exist");
  return 0;
}

function main(): number {
  appendFileSync(join(process.env["HOME"] ?? "", "vmrun.calls"), `${process.argv.slice(2).join(" ")}\n`);
  if (flag !== "-T" || product !== "ws") {
    say("Unable to connect to host.");
    return fail("The operation is not supported for the specified parameters");
  }
  if (command === "list") {
    say(`Total running VMs: ${running().length}`);
    running().forEach(say);
    return 0;
  }
  if (command === "start") return start();
  if (command === "stop") return stop();
  if (command === "suspend") return suspend(vmx) ? 0 : fail(`The virtual machine is not powered on: ${vmx}`);
  if (command === "snapshot" || command === "listSnapshots" || command === "revertToSnapshot") return snapshots();
  if (command === "deleteVM") return deleteMachine();
  return fail("Unrecognized command");
}

process.exit(main());
