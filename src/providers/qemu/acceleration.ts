import { constants } from "node:fs";
import { access, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "../../host/command.ts";
import type { Acceleration } from "./argv.ts";
import { qemuProgram } from "./argv.ts";

/**
 * Whether KVM really works for this user, found out by trying: /dev/kvm may be there, and even make machines, and yet
 * refuse what a usual kernel needs ("failed to set MSR", nested in another hypervisor). What was found is remembered
 * until the next boot.
 */
export async function findAcceleration(): Promise<Acceleration> {
  if (!(await mayOpenKvm())) return "tcg";
  const path = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "tarr-steps", "kvm");
  const boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  const remembered = await readFile(path, "utf8").catch(() => "");
  if (remembered.startsWith(boot)) return remembered.endsWith("kvm") ? "kvm" : "tcg";
  const found = await tryKvm();
  await remember(path, `${boot} ${found}`);
  return found;
}

/** On a full disk it is found out again at the next start: no reason not to start. */
export async function remember(path: string, found: string): Promise<void> {
  try {
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, found);
  } catch {
    // Half of it would be taken for an answer.
    await rm(path, { force: true }).catch(() => undefined);
  }
}

async function mayOpenKvm(): Promise<boolean> {
  return access("/dev/kvm", constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}

/** A machine without anything, that is told to quit: by then QEMU has given its processor all its registers. */
async function tryKvm(): Promise<Acceleration> {
  const result = await run(
    [
      qemuProgram(process.arch),
      ...["-accel", "kvm", "-cpu", "host", "-machine", process.arch === "arm64" ? "virt" : "q35", "-m", "64"],
      ...["-nodefaults", "-no-user-config", "-display", "none", "-monitor", "stdio"],
    ],
    { stdin: "quit\n", timeout: 5_000 },
  );
  return result.code === 0 ? "kvm" : "tcg";
}
