import { TarrError } from "../../error.ts";
import { madeName } from "../../labs/plan.ts";
import { loadProvider, stateOf } from "../../providers/registry.ts";
import type { Context, Run } from "../command.ts";
import { awaitUp, bringUp } from "../lab/first-boot.ts";
import type { Failed, OfFailed } from "../lab/furnish.ts";
import { inOrder, tellFailed } from "../lab/furnish.ts";
import { holding } from "../lab/lock.ts";
import type { Standing } from "../lab/machines.ts";
import { machinesOf } from "../lab/machines.ts";
import type { Record } from "../lab/made.ts";
import { listRecords, openRecord } from "../lab/made.ts";
import type { FoundLab } from "../lab/read.ts";
import { findLab, openFound, typedFile } from "../lab/read.ts";
import { machineViews } from "../machines.ts";
import { table } from "../render/table.ts";
import { refuseRoot } from "./machine.ts";

/** The labs that made something here, whatever became of their files. */
export const list: Run = async (context) => {
  const views = await machineViews(context.call);
  const labs = await Promise.all(
    (await listRecords()).map(async (name) => {
      const record = await openRecord(name);
      const { machines, networks } = record.made();
      const state = (one: string) => views.find((view) => view.name === one)?.state ?? "missing";
      return {
        ...{ name, file: record.file(), networks: networks.map((one) => one.name) },
        machines: machines.map((one) => ({ name: madeName(one), machine: one.name, state: state(madeName(one)) })),
      };
    }),
  );
  if (context.json) context.print(JSON.stringify({ labs }));
  else if (labs.length === 0) context.print(context.say("no-labs"));
  else {
    const titles = ["column-name", "column-running", "column-machines", "column-network", "column-file"] as const;
    const rows = labs.map(({ name, file, machines, networks }) => {
      const running = machines.filter(({ state }) => state === "running").length;
      return [name, String(running), String(machines.length), networks.join(" "), file ?? ""];
    });
    for (const line of table([titles.map((key) => context.say(key)), ...rows])) context.print(line);
  }
  return 0;
};

/** Machines, disks, networks and addresses stay. */
export const stop: Run = async (context) => {
  const found = await findLab(context);
  const lab = found.name;
  return holding(lab, async () => {
    const running = await notStopped(await machinesOf(lab, await openFound(found)));
    const all = running.map((one) => ({ ...one, after: [] }));
    const failed = await inOrder(all, async ({ name, machine }) => {
      context.note(context.say("machine-stopping", { name }));
      await (await loadProvider(machine.provider)).stop(machine, context.flag("hard"));
    });
    return finish({ lab, failed, code: "lab-stop-failed", again: "stop", context }, () => {
      if (context.json) context.print(JSON.stringify({ lab, stopped: running.map(({ name }) => name) }));
      else context.print(context.say(running.length === 0 ? "lab-stopped-already" : "lab-stopped", { lab }));
    });
  });
};

/** What `up` made and is stopped; nothing is made. */
export const start: Run = async (context) => {
  refuseRoot();
  const found = await findLab(context);
  const lab = found.name;
  return holding(lab, async () => {
    const record = await openFound(found);
    const all = toStart(found, { there: await machinesOf(lab, record), record, context });
    const inLab = { ...context, lab };
    const started: string[] = [];
    const failed = await inOrder(all, async ({ name, machine, made: { ready = true } }) => {
      if ((await stateOf(machine)) === "running") {
        if (!ready) await awaitUp(machine, inLab);
      } else {
        await bringUp(machine, inLab);
        started.push(name);
      }
      await record.change(name, { ready: true });
    });
    return finish({ lab, failed, code: "lab-failed", again: "start", context }, () => {
      if (context.json) context.print(JSON.stringify({ lab, started }));
      else context.print(context.say(started.length === 0 ? "lab-started-already" : "lab-started", { lab }));
    });
  });
};

type Made = Pick<Done, "context"> & { readonly there: readonly Standing[]; readonly record: Record };

/** In the order that the file gives; without it, one after the other as they were made: then none starts too early. */
function toStart({ name: lab, read }: FoundLab, { there, record, context }: Made) {
  const made = record.made().machines.map(({ name }, index, all) => {
    const before = all[index - 1];
    return { name, after: before === undefined ? [] : [before.name] };
  });
  const isThere = (one: { readonly name: string }) => there.some(({ name }) => name === one.name);
  // Nobody can make what is missing when the file is gone: what is there runs.
  return (read?.lab.machines ?? made.filter(isThere)).map(({ name, after }) => {
    const standing = there.find((one) => one.name === name);
    if (standing !== undefined) return { ...standing, after };
    throw new TarrError("lab-unmade", { lab, name, file: typedFile(context) });
  });
}

type Done = OfFailed & { readonly failed: readonly Failed[]; readonly context: Context };

/** @throws TarrError `lab-failed`, `lab-stop-failed` */
async function finish({ failed, ...of }: Done, tell: () => void): Promise<number> {
  await tellFailed(failed, of);
  tell();
  return 0;
}

async function notStopped(all: readonly Standing[]): Promise<readonly Standing[]> {
  const states = await Promise.all(all.map(({ machine }) => stateOf(machine)));
  return all.filter((_, index) => states[index] !== "stopped");
}
