import { availableParallelism } from "node:os";
import type { WireNetwork } from "../../api/types.ts";
import { TarrError } from "../../error.ts";
import type { Card as CardOf } from "../../labs/addresses.ts";
import { hostsOf, macFor } from "../../labs/addresses.ts";
import type { Lab, LabMachine, LabNetwork } from "../../labs/lab.ts";
import type { PlacedLab } from "../../labs/parse.ts";
import { placed } from "../../labs/place.ts";
import type { Action } from "../../labs/plan.ts";
import { saidOf } from "../../labs/plan.ts";
import { hostPart, parseIpv4, readCidr } from "../../model/address.ts";
import { freeName } from "../../model/machine-names.ts";
import type { LabPlace, ProviderName } from "../../model/machine.ts";
import { providerTraits } from "../../model/machine.ts";
import type { MachineName } from "../../model/names.ts";
import { machineKey } from "../../providers/key.ts";
import type { Provider } from "../../providers/provider.ts";
import { claimFolder, readMachine, removeFolder } from "../../providers/records.ts";
import { loadProvider, stateOf } from "../../providers/registry.ts";
import type { Card } from "../build.ts";
import { build, undoing } from "../build.ts";
import { ensureImage } from "../commands/image.ts";
import { releasePort } from "../commands/machine.ts";
import type { Context } from "../command.ts";
import { providerFor, traitsOf } from "../image-of.ts";
import type { Quotas } from "../sizes.ts";
import { whole } from "../whole.ts";
import { awaitUp, bringUp } from "./first-boot.ts";
import type { Record } from "./made.ts";
import { typedFile } from "./read.ts";

/** A guest that starts keeps a core busy; more at a time make none of them ready earlier. */
const atATime = () => Math.max(2, availableParallelism());

export type Work = PlacedLab & { readonly record: Record; readonly context: Context };

/** Takes away, one after the other: this is quick. */
export async function takeAway(work: Pick<Work, "record" | "context">, actions: readonly Action[]): Promise<void> {
  const { context, record } = work;
  for (const action of actions) {
    if (action.do === "delete-machine") {
      await destroy(action.as, context);
      await record.forget(action.name, "machine");
      context.note(context.say("machine-deleted", { name: action.name }));
    }
    if (action.do === "delete-network") {
      await context.call("DeleteNetwork", { network: action.name });
      await record.forget(action.name, "network");
      context.note(context.say("network-deleted", { network: action.name }));
    }
  }
}

async function destroy(name: MachineName, context: Context): Promise<void> {
  const machine = await readMachine(name);
  const provider = await loadProvider(machine.provider);
  if ((await stateOf(machine)) !== "stopped") await provider.stop(machine, true);
  await provider.delete(machine);
  for (const { port } of machine.nics) await releasePort(port.id, context);
  await removeFolder(name);
}

/** @throws TarrError what stands in the way of a network; `lab-failed` when machines could not be made or started */
export async function furnish(work: Work, actions: readonly Action[]): Promise<void> {
  const { context, lab } = work;
  await makeNetworks(
    work,
    actions.flatMap((one) => (one.do === "create-network" ? [one.network] : [])),
  );
  if (wantedBy(actions).length === 0) return;
  await machineKey();
  const furnishing = { ...work, quotas: await context.call("GetQuotas", {}) };
  const failed = await inOrder(lab.machines, (machine) =>
    placed(work.source, ["machines", machine.name], () => settle(furnishing, machine, actions)),
  );
  await tellFailed(failed, { lab: lab.name, code: "lab-failed", again: "up", context });
}

/** The reasons first, one after the other. @throws TarrError `lab-failed`, `lab-stop-failed` when there are any */
export async function tellFailed(
  failed: readonly Failed[],
  { lab, code, again, context }: Pick<Work, "context"> & OfFailed,
): Promise<void> {
  for (const { error } of failed) context.note(await reasonOf(error, context));
  if (failed.length === 0) return;
  const names = failed.map(({ name }) => name).join(", ");
  const values = { count: String(failed.length), lab, names, again, file: typedFile(context) };
  throw new TarrError(code, values);
}

/** `again`: the command that is tried again once the reasons are gone. */
export type OfFailed = {
  readonly lab: string;
  readonly code: "lab-failed" | "lab-stop-failed";
  readonly again: "up" | "start" | "stop";
};

/** What is missing is built, one image after the other: each takes all of the computer. */
export async function buildImages({ source, context }: Work, actions: readonly Action[]): Promise<void> {
  const built = new Set<string>();
  for (const { name, image } of wantedBy(actions)) {
    if (built.has(image)) continue;
    built.add(image);
    await placed(source, ["machines", name, "image"], () => ensureImage(image, context));
  }
}

function wantedBy(actions: readonly Action[]): readonly LabMachine[] {
  return actions.flatMap((one) => ("machine" in one ? [one.machine] : []));
}

/** All of them or none: when one cannot be made, those before it go again. */
async function makeNetworks({ source, record, context }: Work, networks: readonly LabNetwork[]): Promise<void> {
  const made: LabNetwork[] = [];
  const remove = async () => {
    for (const { name } of made.reverse()) {
      await context.call("DeleteNetwork", { network: name });
      await record.forget(name, "network");
    }
  };
  await undoing(remove, async () => {
    for (const wanted of networks) {
      const { name } = wanted;
      const {
        address,
        switch: on,
        reach,
      } = await placed(source, ["networks", name], () =>
        whole(async () => {
          const network = await makeNetwork(wanted, { record, context });
          made.push(wanted);
          await record.add({ network: { name, said: saidOf(wanted), half: false } });
          return network;
        }),
      );
      context.note(context.say("network-created", { network: name, address, switch: on, reach }));
    }
  });
}

/** The record says first that it is to be made: one that was made while we were killed is not to be foreign to the lab. */
async function makeNetwork(wanted: LabNetwork, { record, context }: Pick<Work, "record" | "context">) {
  const { name, subnet, settings } = wanted;
  await record.add({ network: { name, said: saidOf(wanted), half: true } });
  try {
    const order = { network: name, subnet, settings: [...settings], shared: false };
    return (await context.call("CreateNetwork", order)).network;
  } catch (error) {
    // Of a service that fell silent nobody knows whether it made it: the next command looks.
    const isSilent = error instanceof TarrError && error.code === "service-unreachable";
    if (!isSilent) await record.forget(name, "network");
    throw error;
  }
}

async function reasonOf(error: unknown, context: Context): Promise<string> {
  const { renderError } = await import("../render/error.ts");
  const { language, call } = context;
  return (await renderError(error, { language, json: false, call })).text;
}

type Furnishing = Work & { readonly quotas: Quotas };

/** What is to be done with one machine: made, started, or both; or waited for, where a command before was ended. */
async function settle(work: Furnishing, machine: LabMachine, actions: readonly Action[]): Promise<void> {
  const { context, record } = work;
  const asked = (what: "create-machine" | "start-machine" | "await-machine") =>
    actions.find((one): one is Extract<Action, { as: MachineName }> => one.do === what && one.name === machine.name);
  const [make, start, wait] = [asked("create-machine"), asked("start-machine"), asked("await-machine")];
  const made = make === undefined ? undefined : await makeMachine(work, machine, make.as);
  if (start !== undefined) await bringUp(await readMachine(made ?? start.as), context);
  else if (wait !== undefined) await awaitUp(await readMachine(wait.as), context);
  else return;
  await record.change(machine.name, { ready: true });
}

/** @returns the name that it was made under */
async function makeMachine(
  { lab, record, context, quotas }: Furnishing,
  machine: LabMachine,
  planned: MachineName,
): Promise<MachineName> {
  const { name, image, firstBoot } = machine;
  const traits = await traitsOf(image);
  const provider = await providerFor(image, machine.provider);
  const memory = machine.memory ?? traits.memory;
  const cards = await cardsOf(lab, machine, { provider, context });
  const place = { lab: lab.name, machine: name };
  const order = { lab: place, image, memory, provider, cards, quotas, ...(firstBoot === null ? {} : { firstBoot }) };
  const as = await whole(async () => {
    const own = await claimName(place, planned);
    const known = { name, ...(own === name ? {} : { as: own }), said: saidOf(machine), half: true, ready: false };
    await undoing(
      async () => {
        await removeFolder(own);
        await record.forget(name, "machine");
      },
      // The lab knows of it from here on: what a kill leaves of it is not to be foreign to the lab, and is made anew.
      async () => {
        await record.add({ machine: { ...known, port: "" } });
        await build({ ...order, name: own }, context, ({ nics }) =>
          record.add({ machine: { ...known, port: nics[0].port.id } }),
        );
      },
    );
    await record.change(name, { half: false });
    return own;
  });
  context.note(context.say("machine-created", { name, provider: provider.features.name }));
  if (as !== name) tellAs(place, as, context);
  return as;
}

/** The name that was planned, or the next that is free: meanwhile another command may have taken it. */
async function claimName(place: LabPlace, planned: MachineName): Promise<MachineName> {
  const taken = new Set<string>();
  for (let name = planned; ; name = freeName(place, taken)) {
    try {
      await claimFolder(name);
      return name;
    } catch (error) {
      if (!(error instanceof TarrError) || error.code !== "machine-exists") throw error;
      taken.add(name);
    }
  }
}

/** A machine that was made under another name than its file's is told with what to type. */
export function tellAs({ lab, machine }: LabPlace, as: MachineName, context: Context): void {
  context.note(context.say("lab-machine-as", { name: machine, lab, as }));
}

async function cardsOf(
  lab: Lab,
  { name, nics }: LabMachine,
  { provider, context }: { readonly provider: Provider; readonly context: Context },
): Promise<readonly Card[]> {
  const { networks, computer } = await context.call("GetStatus", {});
  const kind = provider.features.name;
  return nics.map((nic, index) => {
    const network = networks.find((one) => one.name === nic.network);
    if (network === undefined)
      throw new TarrError("network-unknown", { network: nic.network, known: namesOf(networks) });
    const host = hostsOf(lab, nic.network, firstHost(network)).get(`${name} ${index}`) ?? null;
    const mac = macOfCard({ lab: lab.name, machine: name, index }, kind, computer);
    return { network: nic.network, host, firm: nic.host !== null, mac };
  });
}

export function macOfCard(card: CardOf, provider: ProviderName, computer: string): string {
  return macFor(card, { provider, prefix: providerTraits[provider].macPrefix }, computer);
}

function firstHost({ address, dhcp }: WireNetwork): number {
  const cidr = readCidr(address);
  return cidr === null ? 10 : hostPart(cidr, parseIpv4(dhcp.first));
}

function namesOf(networks: readonly WireNetwork[]): string {
  return networks.map((one) => one.name).join(", ");
}

export type Failed = { readonly name: MachineName; readonly error: unknown };

/** Runs the work of each machine, some at a time, each after those that it waits for. @returns those that failed */
export async function inOrder<One extends Pick<LabMachine, "name" | "after">>(
  machines: readonly One[],
  work: (machine: One) => Promise<void>,
  most = atATime(),
): Promise<readonly Failed[]> {
  const failed: Failed[] = [];
  const done = new Set<MachineName>();
  const waiting = new Set(machines);
  const running = new Set<Promise<void>>();
  const isFree = (machine: One) =>
    machine.after.every((name) => done.has(name) || !machines.some((one) => one.name === name));
  while (waiting.size > 0 || running.size > 0) {
    for (const machine of [...waiting].filter(isFree).slice(0, most - running.size)) {
      waiting.delete(machine);
      const task = work(machine)
        .catch((error: unknown) => void failed.push({ name: machine.name, error }))
        .finally(() => {
          done.add(machine.name);
          running.delete(task);
        });
      running.add(task);
    }
    if (running.size === 0) break;
    await Promise.race(running);
  }
  return failed;
}
