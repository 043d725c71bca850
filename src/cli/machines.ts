import type { WirePort } from "../api/types.ts";
import type { Call } from "../api/client.ts";
import type { LabPlace, Machine, Plug, ProviderName } from "../model/machine.ts";
import { providerNames } from "../model/machine.ts";
import type { Plugged } from "../providers/plugs.ts";
import { listPlugged } from "../providers/plugs.ts";
import type { NativeMachine } from "../providers/provider.ts";
import { loadProvider } from "../providers/registry.ts";
import { ownMachines } from "./own-machines.ts";
import type { Native, Target } from "./target.ts";
import type { MachineView } from "./machine-view.ts";

/** A machine on our ports: one of ours, or one of the user's own with its plugged NICs. */
type OnPorts = {
  readonly name: string;
  readonly provider: ProviderName;
  readonly lab: LabPlace | null;
  readonly image: string | null;
  readonly memory: number | null;
  readonly cpus: number | null;
  readonly nics: readonly { readonly network: string; readonly port: Plug }[];
};

/**
 * The user's machines that are on ports, with what the service knows of these.
 *
 * @param search also machines of the hypervisors' own that are on none
 */
export async function machineViews(call: Call, { search = false } = {}): Promise<readonly MachineView[]> {
  const machines = [...(await ownMachines()).map(ofRecord), ...ofPlugged(await listPlugged())];
  if (machines.length === 0 && !search) return [];
  const [{ ports }, natives] = await Promise.all([call("ListPorts", {}), nativeMachines(machines, search)]);
  const known = machines.map((machine) => {
    const native = natives.get(machine.provider)?.find((one) => one.name === machine.name);
    return view(machine, native ?? off, ports);
  });
  const others = [...natives].flatMap(([provider, all]) =>
    all
      .filter(({ name }) => !machines.some((one) => one.provider === provider && one.name === name))
      .map((native) => view({ name: native.name, provider, ...unknown, nics: [] }, native, [])),
  );
  return [...known, ...others].sort(byName);
}

/** One machine as it is now. */
export async function viewOf(target: Target, call: Call): Promise<MachineView> {
  if (target.kind === "native") return nativeView(target, call);
  const { ports } = await call("ListPorts", {});
  return machineView(target.machine, ports);
}

async function machineView(machine: Machine, ports: readonly WirePort[]): Promise<MachineView> {
  const one = ofRecord(machine);
  const natives = await nativeMachines([one], false);
  return view(one, natives.get(machine.provider)?.find(({ name }) => name === machine.name) ?? off, ports);
}

async function nativeView(target: Native, call: Call): Promise<MachineView> {
  const { name, provider, machine, plugged } = target;
  const { ports } = await call("ListPorts", {});
  return view({ name, provider: provider.features.name, ...unknown, nics: plugged }, machine, ports);
}

/** What the hypervisors say, each asked once. Without a search those that have a machine on a port, for these alone. */
async function nativeMachines(machines: readonly OnPorts[], search: boolean) {
  const asked = providerNames.filter((name) => search || machines.some((one) => one.provider === name));
  const answers = await Promise.all(
    asked.map(async (name): Promise<[ProviderName, readonly NativeMachine[]]> => {
      const own = machines.filter((one) => one.provider === name).map((one) => one.name);
      return [name, await (await loadProvider(name)).machines(search ? undefined : own)];
    }),
  );
  return new Map(answers);
}

/** What the hypervisor alone knows. */
const unknown = { lab: null, image: null, memory: null, cpus: null } as const;

function ofRecord({ name, provider, lab, image, memory, cpus = 1, nics }: Machine): OnPorts {
  return { name, provider, lab: lab ?? null, image, memory, cpus, nics };
}

function ofPlugged(all: readonly Plugged[]): readonly OnPorts[] {
  const machines = Map.groupBy(all, ({ provider, machine }) => `${provider}:${machine}`);
  return [...machines.values()].flatMap((nics) => {
    const [first] = nics;
    return first === undefined ? [] : [{ name: first.machine, provider: first.provider, ...unknown, nics }];
  });
}

type Condition = Pick<NativeMachine, "state" | "cause">;
const off: Condition = { state: "stopped" };

function view(machine: OnPorts, { state, cause }: Condition, ports: readonly WirePort[]): MachineView {
  const nics = machine.nics.map(({ network, port: { id, mac } }) => {
    const port = ports.find((one) => one.id === id);
    const address = state === "running" ? (port?.address ?? null) : null;
    const [name, cable] = [port?.fqdn ?? machine.name, port?.cable ?? "in"];
    const line = (port?.line ?? []).map(({ key, value }) => `${key}=${value}`).join(" ");
    const lost = port === undefined;
    return { network, mac, address, reserved: port?.reserved || null, name, port: id, lost, cable, line };
  });
  const owner = ports.find((one) => one.id === nics[0]?.port)?.owner ?? process.env["USER"] ?? "";
  const { name, provider, lab, image, memory, cpus } = machine;
  return { name, provider, lab, state, cause: cause ?? null, owner, image, memory, cpus, nics };
}

function byName(one: MachineView, other: MachineView): number {
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
}

/** Calls until the machine's lease is younger than its start, or time is over. @returns its address, or null */
export async function waitForAddress(
  call: Call,
  wait: { readonly port: string; readonly since: number; readonly seconds: number },
): Promise<string | null> {
  const deadline = performance.now() + wait.seconds * 1000;
  while (performance.now() < deadline) {
    const { ports } = await call("ListPorts", {});
    const port = ports.find((one) => one.id === wait.port);
    // The clock of the lease file counts whole seconds.
    if (port !== undefined && (port.leased ?? 0) >= Math.floor(wait.since) && port.address !== null)
      return port.address;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  return null;
}
