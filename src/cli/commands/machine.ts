import { TarrError } from "../../error.ts";
import type { Machine } from "../../model/machine.ts";
import type { PortId } from "../../model/names.ts";
import { parseMachineName } from "../../model/names.ts";
import { sayCode } from "../../messages/messages.ts";
import { readMachine, removeFolder } from "../../providers/records.ts";
import { loadProvider, stateOf } from "../../providers/registry.ts";
import type { Context, Run } from "../command.ts";
import type { MachineView } from "../machines.ts";
import { machineView, machineViews, shownAddress, waitForAddress } from "../machines.ts";
import { table } from "../render/table.ts";

/** How long a guest may take to its address; a Debian under software emulation needs most of it. */
const addressPatience = 120;

export const list: Run = async (context) => {
  const machines = await machineViews(context.call, { search: true });
  if (context.json) {
    context.print(JSON.stringify({ machines }));
    return 0;
  }
  if (machines.length === 0) {
    context.print(context.say("no-machines"));
    return 0;
  }
  const heading = ["column-name", "column-state", "column-address", "column-network", "column-provider"] as const;
  const rows = machines.map((machine) => row(machine, context));
  const titles = [...heading.map((key) => context.say(key)), "MAC"];
  for (const line of table([titles, ...rows])) context.print(line);
  return 0;
};

function row(machine: MachineView, context: Context): string[] {
  const nic = machine.nics[0];
  const state = sayCode(context.language, `state-${machine.state}`);
  return [machine.name, state, shownAddress(machine), nic?.network ?? "", machine.provider, nic?.mac ?? ""];
}

export const show: Run = async (context) => {
  const machine = await find(context);
  const { ports } = await context.call("ListPorts", {});
  const view = await machineView(machine, ports);
  if (context.json) {
    context.print(JSON.stringify(view));
    return 0;
  }
  const nic = view.nics[0];
  const rows = [
    [context.say("column-name"), `${view.name} (${nic?.name ?? ""})`],
    [context.say("column-state"), sayCode(context.language, `state-${view.state}`)],
    [context.say("column-address"), shownAddress(view)],
    ["MAC", nic?.mac ?? ""],
    [context.say("column-network"), nic?.network ?? ""],
    [context.say("column-port"), `${machine.port.id} (${machine.port.interface})`],
    [context.say("column-provider"), view.provider],
    [context.say("column-image"), machine.image],
    [context.say("column-memory"), context.say("unit-mebibytes", { count: String(machine.memory) })],
    [context.say("column-owner"), view.owner],
  ];
  for (const line of table(rows)) context.print(line);
  return 0;
};

export const start: Run = async (context) => {
  refuseRoot();
  const machine = await find(context);
  await startAndWait(machine, context);
  return finish(machine, context);
};

export const stop: Run = async (context) => {
  const machine = await find(context);
  await halt(machine, context);
  return finish(machine, context);
};

export const restart: Run = async (context) => {
  const machine = await find(context);
  await halt(machine, context);
  await startAndWait(machine, context);
  return finish(machine, context);
};

export const remove: Run = async (context) => {
  const machine = await find(context);
  const provider = await loadProvider(machine.provider);
  if ((await stateOf(machine)) !== "stopped") throw new TarrError("machine-running", { name: machine.name });
  await provider.delete(machine);
  await releasePort(machine.port.id, context);
  await removeFolder(machine.name);
  context.note(context.say("machine-deleted", { name: machine.name }));
  if (context.json) context.print(JSON.stringify({ deleted: machine.name }));
  return 0;
};

/** A port that is gone already (deleted by an administrator) is no reason to keep what was on it. */
export async function releasePort(id: PortId, context: Context): Promise<void> {
  try {
    await context.call("DeletePort", { id });
  } catch (error) {
    if (!(error instanceof TarrError) || error.code !== "port-unknown") throw error;
  }
}

async function halt(machine: Machine, context: Context): Promise<void> {
  const provider = await loadProvider(machine.provider);
  if ((await stateOf(machine)) === "stopped") throw new TarrError("machine-stopped", { name: machine.name });
  context.note(context.say("machine-stopping", { name: machine.name }));
  await provider.stop(machine, context.flag("hard"));
}

/** Starts a machine and waits until it has its address, so that the next command can use it. */
export async function startAndWait(machine: Machine, context: Context): Promise<void> {
  const { name } = machine;
  const provider = await loadProvider(machine.provider);
  const available = await provider.available();
  if ((await stateOf(machine)) !== "stopped") throw new TarrError("machine-running", { name });
  if (!available.usable) throw available.error;
  const window = context.flag("window");
  if (window && !provider.features.windows) throw new TarrError("window-unsupported", { provider: machine.provider });
  context.note(
    context.say(available.acceleration === "hardware" ? "machine-starting" : "machine-starting-slow", { name }),
  );
  const since = Date.now() / 1000;
  await provider.start(machine, { window });
  if (!(await givesAddresses(machine, context))) {
    context.note(context.say("machine-started-alone", { name }));
    return;
  }
  const address = await waitForAddress(context.call, { port: machine.port.id, since, seconds: addressPatience });
  if (address === null) throw new TarrError("machine-no-answer", { name, seconds: String(addressPatience) });
  context.note(context.say("machine-started", { name, address }));
}

/** Where a student's own server gives the addresses, or nobody does, there is none to wait for. */
async function givesAddresses(machine: Machine, context: Context): Promise<boolean> {
  const { networks } = await context.call("GetStatus", {});
  return networks.find((one) => one.name === machine.network)?.dhcp.enabled ?? false;
}

export function find(context: Context): Promise<Machine> {
  return readMachine(parseMachineName(context.argument("name")));
}

/** A machine of root's would be a guest with root's rights behind it, and nobody else could stop it. */
export function refuseRoot(): void {
  if (process.getuid?.() === 0) throw new TarrError("root-not-here");
}

async function finish(machine: Machine, context: Context): Promise<number> {
  if (!context.json) return 0;
  const { ports } = await context.call("ListPorts", {});
  context.print(JSON.stringify({ machine: await machineView(machine, ports) }));
  return 0;
}
