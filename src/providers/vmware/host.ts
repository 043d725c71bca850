import { release } from "node:os";
import type { TarrError } from "../../error.ts";
import { hasProgram } from "../../host/command.ts";
import { exists } from "../../host/files.ts";
import type { Nic } from "../../model/machine.ts";
import type { InterfaceName } from "../../model/names.ts";
import { pairOf } from "../../model/pairs.ts";
import { firstSwitch, networkingPath, vmnetOf } from "../../model/vmware-networking.ts";
import { providerProblem } from "../absent.ts";
import type { Availability } from "../provider.ts";
import { readBytes } from "./bytes.ts";

/** Whether Workstation and all that it needs of this host is there, the most basic thing first. */
export async function findWorkstation(): Promise<Availability> {
  const error = await whatIsMissing();
  return error === null ? { usable: true, acceleration: "hardware" } : { usable: false, error };
}

async function whatIsMissing(): Promise<TarrError | null> {
  const headers = headersPackage(release());
  if (process.arch !== "x64") return providerProblem("vmware", "architecture");
  if (!hasProgram("vmrun")) return providerProblem("vmware", "not-installed", { headers });
  if (!(await modulesLoaded())) {
    // Where vmware-modconfig puts what it has compiled.
    const made = await exists(`/lib/modules/${release()}/misc/vmmon.ko`);
    return providerProblem("vmware", made ? "modules-unloaded" : "modules", { headers });
  }
  const networking = await readNetworking();
  if (networking === "") return providerProblem("vmware", "not-set-up");
  return whatIsMissingFor(firstSwitch, networking);
}

/** Whether a switch can be reached through VMware's networks as they are now. */
async function whatIsMissingFor(name: InterfaceName, networking: string): Promise<TarrError | null> {
  const vmnet = vmnetOf(networking, pairOf("vmware", name).interface);
  if (vmnet === null) return providerProblem("vmware", "mapping-missing", { switch: name });
  const device = vmnetDevice(vmnet);
  return (await exists(device)) ? null : providerProblem("vmware", "vmnet-missing", { switch: name, device });
}

/** The number of the vmnet that leads to a switch. @throws TarrError `provider-problem` */
export async function vmnetFor(name: InterfaceName): Promise<number> {
  const networking = await readNetworking();
  const error = await whatIsMissingFor(name, networking);
  const vmnet = vmnetOf(networking, pairOf("vmware", name).interface);
  if (error !== null || vmnet === null) {
    throw error ?? providerProblem("vmware", "mapping-missing", { switch: name });
  }
  return vmnet;
}

/** The same of each card, in their order. */
export function vmnetsFor(nics: readonly Nic[]): Promise<readonly number[]> {
  return Promise.all(nics.map(({ port }) => vmnetFor(port.switch)));
}

export function vmnetDevice(vmnet: number): string {
  return `/dev/vmnet${vmnet}`;
}

/** VMware's file of networks; empty when there is none that we may read. */
export async function readNetworking(): Promise<string> {
  return (await readBytes(networkingPath)) ?? "";
}

async function modulesLoaded(): Promise<boolean> {
  const places = ["/dev/vmmon", "/sys/module/vmmon", "/sys/module/vmnet"];
  return (await Promise.all(places.map((place) => exists(place)))).every(Boolean);
}

export async function kvmLoaded(): Promise<boolean> {
  return (await exists("/sys/module/kvm_intel")) || (await exists("/sys/module/kvm_amd"));
}

/**
 * Debian's package of the headers that modules for this kernel are made with: the one that follows the kernel's updates,
 * when the kernel is one of Debian's flavours ("6.1.0-32-amd64", "6.12.9+deb13-rt-amd64").
 */
export function headersPackage(kernel: string): string {
  const flavour = /-((?:cloud-|rt-)?amd64)$/.exec(kernel)?.[1];
  return `linux-headers-${flavour ?? kernel}`;
}
