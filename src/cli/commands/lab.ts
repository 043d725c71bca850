import { TarrError } from "../../error.ts";
import type { Lab } from "../../labs/lab.ts";
import type { PlacedLab } from "../../labs/parse.ts";
import { placed } from "../../labs/place.ts";
import type { Action, Present, PresentMachine } from "../../labs/plan.ts";
import { findForeign, planDown, planUp } from "../../labs/plan.ts";
import { madeAt } from "../../model/machine.ts";
import { printable } from "../../model/names.ts";
import type { Provider } from "../../providers/provider.ts";
import { listMachines } from "../../providers/records.ts";
import { loadProvider, stateOf } from "../../providers/registry.ts";
import { rebuild } from "../build.ts";
import type { Context, Run } from "../command.ts";
import { bringUp } from "../lab/first-boot.ts";
import { isAnswering, noteMissingProviders, noteRefusals, noteUnknownImages } from "../lab/foresee.ts";
import { noteForeign } from "../lab/foreign.ts";
import type { Work } from "../lab/furnish.ts";
import { buildImages, furnish, inOrder, takeAway, tellAs } from "../lab/furnish.ts";
import type { Killed } from "../lab/left.ts";
import { settleLeft } from "../lab/left.ts";
import { holding } from "../lab/lock.ts";
import type { Standing } from "../lab/machines.ts";
import { machinesOf } from "../lab/machines.ts";
import type { Record } from "../lab/made.ts";
import type { FoundLab } from "../lab/read.ts";
import { findLab, keepFile, openFound, openLab, readLab, readSound, typedFile } from "../lab/read.ts";
import { machineViews } from "../machines.ts";
import { noteUnknownPackages } from "../packages.ts";
import { table } from "../render/table.ts";
import { whole } from "../whole.ts";
import { refuseRoot } from "./machine.ts";

/** The file, its images, and what the service would refuse; without a service, what shows in the file alone. */
export const check: Run = async (context) => {
  const read = await readSound(context);
  const { lab } = read;
  const asked = await together(read, async () => {
    const record = await openLab(read);
    await noteMissing(read);
    if (!(await isAnswering(context))) return false;
    const present = await lookAround(context);
    await noteRefusals({ ...read, record, context }, planUp(lab, record.made(), present), present);
    return true;
  });
  if (!asked) context.note(context.say("lab-unasked"));
  const { name, networks, machines, checks } = lab;
  if (context.json) context.print(JSON.stringify({ lab, asked }));
  else {
    const counts = { networks: String(networks.length), machines: String(machines.length) };
    context.print(context.say("lab-good", { lab: name, ...counts, checks: String(checks.length) }));
  }
  return 0;
};

export const up: Run = async (context) => {
  refuseRoot();
  const read = await readSound(context);
  return alone({ name: read.lab.name, read }, context, (record) =>
    bring({ ...read, record, context: ofLab(read, context) }),
  );
};

/** Looks for more that is wrong; what keeps it from looking is not told where the file is wrong already. */
async function together<T>({ source }: Pick<PlacedLab, "source">, look: () => Promise<T>): Promise<T> {
  const found = await look().catch((error: unknown) => {
    source.refuse();
    throw error;
  });
  source.refuse();
  return found;
}

/** What this computer does not have for a lab. */
async function noteMissing({ lab, source }: PlacedLab): Promise<void> {
  await noteUnknownImages({ lab, source });
  await noteUnknownPackages(lab, source);
  await noteMissingProviders({ lab, source });
}

async function bring(work: Work): Promise<number> {
  const { lab, record, context } = work;
  const isDry = context.flag("dry-run");
  const actions = await together(work, async () => {
    await noteMissing(work);
    if (!isDry) await settleLeft(work);
    const present = await lookAround(context);
    const planned = planUp(lab, record.made(), present);
    await noteRefusals(work, planned, present);
    return planned;
  });
  if (isDry) return tell(actions, work);
  // What takes longest and fails most comes before anything is taken away or made.
  await buildImages(work, actions);
  // A release that was built just now has told which packages there are.
  await noteUnknownPackages(lab, work.source);
  work.source.refuse();
  await takeAway(work, actions);
  await keepFile(work, record);
  await furnish(work, actions);
  if (context.json) context.print(JSON.stringify({ lab: lab.name, actions: actions.map(summary) }));
  else context.print(context.say(actions.length === 0 ? "lab-unchanged" : "lab-up", { lab: lab.name }));
  return 0;
}

/** By its name, a lab whose file is gone or wrong too. */
export const down: Run = async (context) => {
  const found = await findLab(context);
  const lab = { name: found.name, machines: found.read?.lab.machines ?? [] };
  return alone(found, context, (record) => clear({ lab, record, context }));
};

async function clear(work: Killed): Promise<number> {
  const { lab, record, context } = work;
  const isDry = context.flag("dry-run");
  const hadLeft = !isDry && (await settleLeft(work));
  const actions = planDown(record.made(), await lookAround(context));
  if (isDry) return tell(actions, work);
  await takeAway(work, actions);
  // What somebody took away already.
  for (const { name } of record.made().machines) await record.forget(name, "machine");
  for (const { name } of record.made().networks) await record.forget(name, "network");
  if (context.json) context.print(JSON.stringify({ lab: lab.name, actions: actions.map(summary) }));
  else context.print(context.say(actions.length === 0 && !hadLeft ? "lab-nothing" : "lab-down", { lab: lab.name }));
  return 0;
}

/** Back to the first boot: the same record and the same ports, files made anew. */
export const reset: Run = async (context) => {
  refuseRoot();
  const read = await readLab(context);
  return alone({ name: read.lab.name, read }, context, (record) =>
    renew({ ...read, record, context: ofLab(read, context) }),
  );
};

async function renew(work: Work): Promise<number> {
  const { lab, source, record, context } = work;
  await noteForeign(work, findForeign(lab, record.made(), await lookAround(context)));
  source.refuse();
  const wanted = chosen(lab, await machinesOf(lab.name, record), context);
  const failed = await inOrder(wanted, (one) =>
    placed(source, ["machines", one.name], async () => {
      const { name, machine } = one;
      const provider = await loadProvider(machine.provider);
      if ((await stateOf(machine)) !== "stopped") await provider.stop(machine, true);
      await whole(() => makeAnew(one, provider, record));
      context.note(context.say("lab-reset", { name }));
      await bringUp(machine, context);
      await record.change(name, { ready: true });
    }),
  );
  const first = failed[0];
  if (first !== undefined) throw first.error;
  if (context.json) context.print(JSON.stringify({ lab: lab.name, reset: wanted.map((one) => one.name) }));
  return 0;
}

async function makeAnew({ name, machine }: Standing, provider: Provider, record: Record): Promise<void> {
  await record.change(name, { half: true, ready: false });
  await rebuild(machine, provider);
  await record.change(name, { half: false });
}

function ofLab({ lab }: PlacedLab, context: Context): Context {
  return { ...context, lab: lab.name };
}

/** What is only told needs no lock, and is told while another command is at work. */
function alone(found: FoundLab, context: Context, work: (record: Record) => Promise<number>): Promise<number> {
  const begin = async () => work(await openFound(found));
  return context.flag("dry-run") ? begin() : holding(found.name, begin);
}

async function lookAround(context: Context): Promise<Present> {
  const [{ networks }, views] = await Promise.all([context.call("GetStatus", {}), machineViews(context.call)]);
  const ports = new Map((await listMachines()).map((one) => [one.name as string, madeAt(one)]));
  const made = views.filter((one) => one.image !== null);
  const machines = made.map(({ name, state }) => {
    const present: PresentMachine = {
      state: state === "running" ? "running" : "stopped",
      port: ports.get(name) ?? "",
    };
    return [name, present] as const;
  });
  return { networks: new Set(networks.map((one) => one.name)), machines: new Map(machines) };
}

/** The machines that were named; all of them when none was. In the order of the file. */
function chosen(lab: Lab, there: readonly Standing[], context: Context) {
  const file = typedFile(context);
  const unknown = context.rest.find((name) => !lab.machines.some((one) => one.name === name));
  if (unknown !== undefined) {
    const known = lab.machines.map((one) => one.name).join(", ");
    throw new TarrError("lab-machine-unknown", { value: printable(unknown), lab: lab.name, known, file });
  }
  const wanted = lab.machines.filter(
    ({ name }) => context.rest.length === 0 || context.rest.some((one) => one === name),
  );
  return wanted.map(({ name, after }) => {
    const standing = there.find((one) => one.name === name);
    if (standing === undefined) throw new TarrError("lab-unmade", { lab: lab.name, name, file });
    return { ...standing, after };
  });
}

/** `as`: the name of a machine that is not made under its file's. */
function summary(action: Action) {
  const { do: what, name, why } = action;
  return { do: what, name, ...("as" in action && action.as !== name ? { as: action.as } : {}), why };
}

function tell(actions: readonly Action[], { lab, context }: Killed): number {
  if (context.json) context.print(JSON.stringify({ actions: actions.map(summary) }));
  else if (actions.length === 0) context.print(context.say("plan-empty"));
  else {
    const rows = actions.map(({ do: what, name, why }) => [
      ...[context.say(`lab-do-${what}`), name, context.say(`lab-why-${why}`)],
    ]);
    for (const line of table(rows)) context.print(line);
    for (const one of actions) {
      const isOther = one.do === "create-machine" && one.as !== one.name;
      if (isOther) tellAs({ lab: lab.name, machine: one.name }, one.as, context);
    }
  }
  return 0;
}
