import { join } from "node:path";
import { TarrError } from "../error.ts";
import { exists } from "../host/files.ts";
import type { ProviderName, Remains } from "../model/machine.ts";
import type { MachineName } from "../model/names.ts";
import { machineFolder } from "./folders.ts";
import { readMachine, removeFolder } from "./records.ts";
import { loadProvider } from "./registry.ts";

/** A machine whose record cannot be read, or is gone; null for any other, and where there is none. */
export async function remainsOf(name: MachineName): Promise<Remains | null> {
  try {
    await readMachine(name);
    return null;
  } catch (error) {
    const codes = ["machine-record-broken", "machine-half-made"];
    if (error instanceof TarrError && codes.includes(error.code)) return { name, nics: [] };
    if (error instanceof TarrError && error.code === "machine-unknown") return null;
    throw error;
  }
}

/** Nobody can stop it by its name, so it is ended first; then it goes as any other machine does. */
export async function removeRemains(remains: Remains): Promise<void> {
  const { name } = remains;
  const provider = await loadProvider(await providerIn(name));
  const native = (await provider.machines([name])).find((one) => one.name === name);
  if (native?.state === "running" || native?.state === "paused") await provider.stop(remains, true);
  await provider.delete(remains);
  await removeFolder(name);
}

/** What lies in the folder tells whose it is; QEMU has nothing to take it out of. */
async function providerIn(name: MachineName): Promise<ProviderName> {
  const has = (file: string) => exists(join(machineFolder(name), file));
  if ((await has("config")) || (await has("rootfs"))) return "lxc";
  if (await has(`${name}.vbox`)) return "virtualbox";
  return (await has(`${name}.vmx`)) ? "vmware" : "qemu";
}
