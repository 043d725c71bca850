import { TarrError } from "../error.ts";
import type { Machine, MachineState, ProviderName } from "../model/machine.ts";
import { providerNames, providerTraits } from "../model/machine.ts";
import type { Provider } from "./provider.ts";

/** One line for each provider; loaded when used, the best for a class first. */
const loaders: Readonly<Record<ProviderName, () => Promise<Provider>>> = {
  qemu: async () => (await import("./qemu/provider.ts")).qemuProvider,
  lxc: async () => (await import("./lxc/provider.ts")).lxcProvider,
  virtualbox: async () => (await import("./virtualbox/provider.ts")).virtualboxProvider,
  vmware: async () => (await import("./vmware/provider.ts")).vmwareProvider,
};

export function loadProvider(name: ProviderName): Promise<Provider> {
  return loaders[name]();
}

export function parseProviderName(text: string): ProviderName {
  const name = providerNames.find((one) => one === text);
  if (name === undefined) throw new TarrError("provider-unknown", { value: text, known: providerNames.join(", ") });
  return name;
}

/**
 * Of these the first that works here at full speed, or else the first that works: without KVM a container is up in a
 * second, and a machine of QEMU's in six.
 *
 * @throws TarrError of a single one what it says, `no-provider`
 */
export async function chooseProvider(among: readonly ProviderName[]): Promise<Provider> {
  let first: TarrError | null = null;
  let slow: Provider | null = null;
  for (const one of among) {
    const provider = await loadProvider(one);
    const available = await provider.available();
    if (available.usable && (available.acceleration === "hardware" || among.length === 1)) return provider;
    if (available.usable) slow ??= provider;
    else first ??= available.error;
  }
  if (slow !== null) return slow;
  if (first !== null && among.length === 1) throw first;
  throw new TarrError("no-provider", { install: first?.values["install"] ?? "" }, first);
}

/**
 * Whether a machine's files are in nobody's hands: one whose guest lies on the disk is as good as stopped.
 *
 * @throws TarrError `machine-running`, `machine-paused`
 */
export async function requireOff(machine: Machine): Promise<void> {
  const state = await stateOf(machine);
  if (state === "stopped" || (state === "paused" && providerTraits[machine.provider].paused === "on-disk")) return;
  throw new TarrError(state === "paused" ? "machine-paused" : "machine-running", { name: machine.name });
}

/** How a machine of ours is, as its hypervisor tells; stopped when it does not know it. */
export async function stateOf(machine: Machine): Promise<MachineState> {
  const native = await (await loadProvider(machine.provider)).machines([machine.name]);
  return native.find((one) => one.name === machine.name)?.state ?? "stopped";
}
