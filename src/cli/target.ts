import { TarrError } from "../error.ts";
import type { Machine, ProviderName } from "../model/machine.ts";
import { providerNames } from "../model/machine.ts";
import { meantBy, shownName } from "../model/machine-names.ts";
import { isMachineName, parseMachineName, printable } from "../model/names.ts";
import { shellWord } from "../model/shell-word.ts";
import type { Plugged } from "../providers/plugs.ts";
import { listPlugged } from "../providers/plugs.ts";
import type { NativeControl, NativeMachine, OwnTask, Provider } from "../providers/provider.ts";
import { readMachine } from "../providers/records.ts";
import { loadProvider } from "../providers/registry.ts";
import { ownMachines } from "./own-machines.ts";

/** A machine that the user made in the hypervisor's own tool, with those of its cards that are on ports of ours. */
export type Native = {
  readonly kind: "native";
  readonly name: string;
  readonly provider: Provider;
  readonly machine: NativeMachine;
  readonly plugged: readonly Plugged[];
};

/** `name`: as the user reads and types it. */
export type Own = { readonly kind: "own"; readonly name: string; readonly machine: Machine };

/** What a command may be told to do something to. */
export type Target = Own | Native;

/**
 * The machine that was typed: one of ours, as `NAME` or `LAB/NAME`, or one of the hypervisors' own. With `PROVIDER:` before
 * it, first the one that this hypervisor calls so.
 *
 * @throws TarrError `machine-unknown`, `name-invalid`, `machine-ambiguous`, `machine-record-broken`
 */
export async function findTarget(text: string): Promise<Target> {
  const { provider, name } = split(text);
  const own = await findNamed(provider, name);
  if (own !== null) return own;
  const found = await findNatives(name, provider);
  const [only, ...others] = found;
  if (only === undefined) return notFound(name);
  if (others.length === 0) return only;
  const known = found.map((one) => shellWord(`${one.provider.features.name}:${name}`));
  throw ambiguousError(name, known);
}

/** @throws TarrError `machine-ambiguous`, `machine-record-broken` */
async function findNamed(provider: ProviderName | null, name: string): Promise<Own | null> {
  // A record that cannot be read is in no list, and is told.
  if (isMachineName(name)) await readMachine(name).catch(unlessUnknown);
  const all = await ownMachines();
  const there = all.filter((one) => provider === null || one.provider === provider);
  const exact = provider === null ? undefined : there.find((one) => one.name === name);
  const [machine, ...others] = exact === undefined ? meantBy(name, there) : [exact];
  if (machine === undefined) return null;
  if (others.length === 0) return { kind: "own", name: shownName(machine, all), machine };
  throw ambiguousError(name, [machine, ...others].map((one) => shownName(one, all)).toSorted());
}

export function ambiguousError(name: string, known: readonly string[]): TarrError {
  return new TarrError("machine-ambiguous", {
    ...{ name: printable(name), known: known.join(", "), first: known[0] ?? "" },
  });
}

/** A machine of ours. @throws TarrError `machine-foreign` for one that only its own tool can do that to */
export async function findOwn(text: string, task: OwnTask): Promise<Machine> {
  const target = await findTarget(text);
  if (target.kind === "own") return target.machine;
  throw foreignError(target, task);
}

export function foreignError({ name, provider, machine }: Native, task: OwnTask): TarrError {
  const values = { name: printable(name), provider: provider.features.name, command: task };
  const instead = controlOf(provider).instead(task, machine);
  if (instead !== null) return new TarrError("machine-foreign", { ...values, instead });
  return new TarrError("machine-foreign-only", { ...values, machine: shellWord(`${values.provider}:${name}`) });
}

export function controlOf(provider: Provider): NativeControl {
  return provider.features.native;
}

/** A machine by its hypervisor and the name there: no other is found by it. */
export function nativeName(target: Target): string {
  if (target.kind === "own") return `${target.machine.provider}:${target.machine.name}`;
  return `${target.provider.features.name}:${target.name}`;
}

function split(text: string): { readonly provider: ProviderName | null; readonly name: string } {
  const provider = providerNames.find((one) => text.startsWith(`${one}:`)) ?? null;
  return { provider, name: provider === null ? text : text.slice(provider.length + 1) };
}

function unlessUnknown(error: unknown): null {
  if (error instanceof TarrError && error.code === "machine-unknown") return null;
  throw error;
}

function notFound(name: string): never {
  const isWhole = name.includes("/") && name.split("/").every(isMachineName);
  throw new TarrError("machine-unknown", { name: isWhole ? name : parseMachineName(name) });
}

/** Those on ports are known without asking anybody; only for a name that is nowhere the hypervisors are asked. */
async function findNatives(name: string, provider: ProviderName | null): Promise<readonly Native[]> {
  const plugged = (await listPlugged()).filter((one) => one.machine === name);
  const wanted = providerNames.filter((one) => provider === null || one === provider);
  const withPorts = wanted.filter((one) => plugged.some((card) => card.provider === one));
  const asked = withPorts.length > 0 ? withPorts : wanted;
  const found = await Promise.all(
    asked.map(async (one): Promise<Native[]> => {
      const loaded = await loadProvider(one);
      const cards = plugged.filter((card) => card.provider === one);
      const native = (await loaded.machines([name])).find((each) => each.name === name);
      if (native === undefined && cards.length === 0) return [];
      const machine: NativeMachine = native ?? { name, state: "stopped", nics: [] };
      return [{ kind: "native", name, provider: loaded, machine, plugged: cards }];
    }),
  );
  return found.flat();
}
