import { TarrError } from "../../error.ts";
import type { Machine, Remains } from "../../model/machine.ts";
import type { PortId } from "../../model/names.ts";
import type { MachineName } from "../../model/names.ts";
import { isMachineName, printable } from "../../model/names.ts";
import { freeFolder, listMachines, readMachine, removeFolder } from "../../providers/records.ts";
import { remainsOf, removeRemains } from "../../providers/remains.ts";
import { loadProvider, requireOff, stateOf } from "../../providers/registry.ts";
import type { Context, Run } from "../command.ts";
import { tellElsewhere } from "../elsewhere.ts";
import { releaseLeft } from "../left-ports.ts";
import type { MachineView, NicView, Size } from "../machine-view.ts";
import { commandForPort, nicAddress, shownNames, stateWords } from "../machine-view.ts";
import { machineViews, viewOf, waitForAddress } from "../machines.ts";
import { calledIn, shownAs } from "../own-machines.ts";
import { showPulled } from "../cables.ts";
import { requireNetwork } from "../networks.ts";
import { each, namedTargets } from "../several.ts";
import type { Target } from "../target.ts";
import { findOwn, findTarget, nativeName } from "../target.ts";
import { cardsAreFree, lostCards, withPorts } from "../machine-ports.ts";
import { traitsOf } from "../image-of.ts";
import { sizeColumns } from "../render/size.ts";
import { startNative, stopNative } from "./machine-native.ts";
import { table } from "../render/table.ts";

export const list: Run = async (context) => {
  if (context.flag("all") || context.option("owner") !== undefined) {
    return (await import("./machine-owners.ts")).listOwned(context);
  }
  const views = await machineViews(context.call, { search: true });
  const machines = context.flag("size") ? await (await import("../sizes.ts")).withSizes(views) : views;
  if (context.json) {
    context.print(JSON.stringify({ machines }));
    return 0;
  }
  if (machines.length === 0) {
    context.print(context.say("no-machines"));
    await tellElsewhere("machines", context);
    return 0;
  }
  const heading = ["column-name", "column-state", "column-address", "column-network", "column-provider"] as const;
  const names = shownNames(machines);
  const rows = machines.flatMap((machine) => rowsOf(machine, names(machine), context));
  const sizes = context.flag("size") ? (["column-memory", "column-disk"] as const) : [];
  const titles = [...heading.map((key) => context.say(key)), "MAC", ...sizes.map((key) => context.say(key))];
  for (const line of table([titles, ...rows])) context.print(line);
  return 0;
};

/** A line for each network card: what the whole machine has is said once. */
function rowsOf(machine: MachineView & Partial<Size>, name: string, context: Context): string[][] {
  const [first, ...others] = machine.nics;
  const state = stateWords(machine, context.language);
  const { memory, disk } = machine;
  const sizes = disk === undefined ? [] : sizeColumns({ memory: memory ?? null, disk }, context);
  const line = (nic: NicView | undefined) => [nicAddress(nic), nic?.network ?? ""];
  return [
    [name, state, ...line(first), machine.provider, first?.mac ?? "", ...sizes],
    ...others.map((nic) => ["", "", ...line(nic), "", nic.mac]),
  ];
}

export const show: Run = async (context) => {
  const target = await findTarget(context.argument("name"));
  const view = await viewOf(target, context.call);
  if (context.json) {
    context.print(JSON.stringify(view));
    return 0;
  }
  const own = target.kind === "own" ? target.machine : null;
  const names = view.nics.map((nic) => nic.name).join(", ");
  const cards = view.nics.flatMap((nic, index) => {
    const lost = nic.lost ? ` ${context.say("port-lost", { command: commandForPort(view, target.name) })}` : "";
    const on = (own?.nics ?? (target.kind === "own" ? [] : target.plugged))[index]?.port.interface ?? "";
    return [
      [context.say("column-address"), nicAddress(nic)],
      ["MAC", nic.mac],
      [context.say("column-network"), nic.network],
      [context.say("column-port"), `${nic.port} (${on})${lost}`],
    ];
  });
  const rows = [
    [context.say("column-name"), names === "" ? printable(target.name) : `${printable(target.name)} (${names})`],
    [context.say("column-state"), stateWords(view, context.language)],
    ...cards,
    [context.say("column-provider"), view.provider],
    ...(own === null ? [] : ownRows(own, context)),
    [context.say("column-owner"), view.owner],
  ];
  for (const line of table(rows)) context.print(line);
  return 0;
};

function ownRows(machine: Machine, context: Context): string[][] {
  return [
    [context.say("column-image"), machine.image],
    [context.say("column-memory"), context.say("unit-mebibytes", { count: String(machine.memory) })],
    [context.say("column-cpus"), String(machine.cpus ?? 1)],
  ];
}

export const start: Run = async (context) => {
  refuseRoot();
  const targets = await namedTargets(context);
  const startOne = async (one: Target) => {
    if (one.kind === "own") await startAndWait(one.machine, context);
    else await startNative(one, context);
  };
  await each(targets, startOne, context);
  return finish(targets, context);
};

export const stop: Run = async (context) => {
  const owner = context.option("owner");
  const first = context.argument("name");
  if (owner !== undefined) {
    const names = first === "" ? [] : [first, ...context.rest];
    return (await import("./machine-owners.ts")).stopOwned(owner, names, context);
  }
  if (first === "") throw new TarrError("usage-missing-argument", { argument: "NAME", command: "machine stop" });
  const targets = await namedTargets(context);
  await each(targets, (one) => halt(one, context), context);
  return finish(targets, context);
};

export const restart: Run = async (context) => {
  refuseRoot();
  const target = await findTarget(context.argument("name"));
  await halt(target, context);
  if (target.kind === "own") await startAndWait(target.machine, context);
  else await startNative({ ...target, machine: { ...target.machine, state: "stopped" } }, context);
  return finish([target], context);
};

export const remove: Run = async (context) => {
  const all = context.flag("all") ? await everyName() : [context.argument("name"), ...context.rest];
  if (context.flag("all") && context.argument("name") !== "") {
    throw new TarrError("usage-extra-argument", {
      value: printable(context.argument("name")),
      command: "machine delete --all",
    });
  }
  if (all.length === 1 && all[0] === "")
    throw new TarrError("usage-missing-argument", { argument: "NAME", command: "machine delete" });
  if (all.length === 0) context.note(context.say("no-machines"));
  const found = await Promise.all(all.map(deletionOf));
  const orders = [...new Map(found.map((one) => [one.own, one])).values()];
  const deleted: string[] = [];
  await each(
    orders,
    async ({ name, own, machine, remains }) => {
      if (remains !== null) await removeRemains(remains);
      if (machine === null) await releaseLeft(own, context);
      else await removeMachine(machine, context);
      deleted.push(own);
      context.note(context.say("machine-deleted", { name }));
    },
    context,
  );
  if (context.json) context.print(JSON.stringify({ deleted: orders.length === 1 ? deleted[0] : deleted }));
  return 0;
};

/**
 * `own`: its folder's name. `machine`: null for a name that a killed command left taken, and where `remains` are all that
 * there is.
 */
type Deletion = {
  readonly name: string;
  readonly own: MachineName;
  readonly machine: Machine | null;
  readonly remains: Remains | null;
};

async function deletionOf(text: string): Promise<Deletion> {
  if (isMachineName(text)) {
    const left: Deletion = { name: text, own: text, machine: null, remains: null };
    if (await freeFolder(text)) return left;
    const remains = await remainsOf(text);
    if (remains !== null) return { ...left, remains };
  }
  const machine = await findOwn(text, "delete");
  return { name: await shownAs(machine.name), own: machine.name, machine, remains: null };
}

async function everyName(): Promise<readonly string[]> {
  return (await listMachines()).map(({ name, provider }) => `${provider}:${name}`);
}

async function removeMachine(machine: Machine, context: Context): Promise<void> {
  const provider = await loadProvider(machine.provider);
  await requireOff(machine);
  await provider.delete(machine);
  for (const { port } of machine.nics) await releasePort(port.id, context);
  await removeFolder(machine.name);
}

/** A port that is gone already (deleted by an administrator) is no reason to keep what was on it. */
export async function releasePort(id: PortId, context: Context): Promise<void> {
  try {
    await context.call("DeletePort", { id });
  } catch (error) {
    if (!(error instanceof TarrError) || error.code !== "port-unknown") throw error;
  }
}

async function halt(target: Target, context: Context): Promise<void> {
  if (target.kind === "native") return stopNative(target, context);
  const { machine, name } = target;
  const provider = await loadProvider(machine.provider);
  if ((await stateOf(machine)) === "stopped") {
    context.note(context.say("machine-stopped-already", { name }));
    return;
  }
  context.note(context.say("machine-stopping", { name }));
  await provider.stop(machine, context.flag("hard"));
}

/**
 * Starts a machine, or lets a paused one go on, and waits until it has its address, so that the next command can use it.
 *
 * @returns the machine: on new ports where its own were gone
 */
export async function startAndWait(known: Machine, context: Context): Promise<Machine> {
  const given = await finished(known);
  const name = await calledIn(context, given);
  const provider = await loadProvider(given.provider);
  const available = await provider.available();
  const before = await stateOf(given);
  if (before === "running") {
    await tellRunning(given, context);
    return given;
  }
  if (!available.usable) throw available.error;
  const window = context.flag("window");
  if (window && !provider.features.windows)
    throw new TarrError("window-unsupported", { provider: given.provider, name });
  const machine = cardsAreFree(given, before) ? await withPorts(given, context) : given;
  context.note(
    context.say(available.acceleration === "hardware" ? "machine-starting" : "machine-starting-slow", { name }),
  );
  // A guest that goes on has an address already, and need not ask for it again for hours.
  const since = before === "paused" ? null : Date.now() / 1000;
  await provider.start(machine, { window });
  await waitUntilUp(machine, since, context);
  return machine;
}

/** Of one whose files were never all made, its hypervisor would only say which it misses. @throws TarrError `machine-half-made` */
async function finished(known: Machine): Promise<Machine> {
  if (known.unfinished !== true) return known;
  const now = await readMachine(known.name);
  if (now.unfinished === true) throw new TarrError("machine-half-made", { name: now.name });
  return now;
}

/** What was asked for is so already. */
async function tellRunning(machine: Machine, context: Context): Promise<void> {
  const name = await shownAs(machine.name);
  const [{ ports }] = await Promise.all([
    context.call("ListPorts", {}),
    requireNetwork({ name, cards: machine.nics }, context),
  ]);
  const port = ports.find((one) => one.id === machine.nics[0].port.id);
  const address = port?.address ?? (port?.reserved || "–");
  context.note(context.say(port === undefined ? "machine-port-lost" : "machine-runs", { name, address }));
}

/**
 * Waits for the address of a machine that runs, where it is to have one.
 *
 * @param since seconds since 1970: a lease that is older is not of this start; null when none is waited for
 * @throws TarrError `machine-no-answer`, `machine-network-stopped`
 */
export async function waitUntilUp(machine: Machine, since: number | null, context: Context): Promise<void> {
  const name = await shownAs(machine.name);
  const { ports } = await context.call("ListPorts", {});
  if (lostCards(machine, ports).length > 0) {
    context.note(context.say("machine-port-lost", { name }));
    return;
  }
  if (await showPulled(machine, ports)) {
    context.note(context.say("port-pulled", { name }));
    return;
  }
  // Nobody gives an address there, and the guest would be blamed for it after minutes.
  await requireNetwork({ name, cards: machine.nics }, context);
  if (!(await givesAddresses(machine, context))) {
    context.note(context.say("machine-started-alone", { name }));
    return;
  }
  const [{ port }] = machine.nics;
  if (since === null) {
    const held = ports.find((one) => one.id === port.id);
    const address = held?.address ?? held?.reserved ?? "";
    context.note(context.say(address === "" ? "machine-started-alone" : "machine-started", { name, address }));
    return;
  }
  const { patience } = await traitsOf(machine.image);
  const address = await waitForAddress(context.call, { port: port.id, since, seconds: patience });
  if (address === null) throw new TarrError("machine-no-answer", { name, seconds: String(patience) });
  context.note(context.say("machine-started", { name, address }));
}

/** Where a student's own server gives the addresses, or nobody does, there is none to wait for. */
async function givesAddresses(machine: Machine, context: Context): Promise<boolean> {
  const { networks } = await context.call("GetStatus", {});
  return networks.find((one) => one.name === machine.nics[0].network)?.dhcp.enabled ?? false;
}

/** A machine of root's would be a guest with root's rights behind it, and nobody else could stop it. */
export function refuseRoot(): void {
  if (process.getuid?.() === 0) throw new TarrError("root-not-here");
}

/** As they are now: a state or a port may be another one than before. */
async function finish(targets: readonly Target[], context: Context): Promise<number> {
  if (!context.json) return 0;
  const now = await Promise.all(targets.map((one) => findTarget(nativeName(one))));
  const machines = await Promise.all(now.map((one) => viewOf(one, context.call)));
  context.print(JSON.stringify(machines.length === 1 ? { machine: machines[0] } : { machines }));
  return 0;
}
