import { TarrError } from "../../error.ts";
import { madeName } from "../../labs/plan.ts";
import { parseMachineName } from "../../model/names.ts";
import { loadProvider, stateOf } from "../../providers/registry.ts";
import type { Context, Run } from "../command.ts";
import { awaitUp, bringUp } from "../lab/first-boot.ts";
import type { Failed } from "../lab/furnish.ts";
import { inOrder, tellFailed } from "../lab/furnish.ts";
import { holding } from "../lab/lock.ts";
import type { Standing } from "../lab/machines.ts";
import { machinesOf } from "../lab/machines.ts";
import { listRecords, openRecord } from "../lab/made.ts";
import { openLab, readLab, typedFile } from "../lab/read.ts";
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

/** Machines, disks, networks and addresses stay. By the lab's name it is stopped even when its file is gone or wrong. */
export const stop: Run = async (context) => {
  const typed = context.argument("file");
  const known = (await listRecords()).find((name) => name === typed);
  const read = known === undefined ? await readLab(context) : null;
  const lab = read?.lab.name ?? parseMachineName(typed);
  return holding(lab, async () => {
    const record = read === null ? await openRecord(lab) : await openLab(read);
    const running = await notStopped(await machinesOf(lab, record));
    const all = running.map((one) => ({ ...one, after: [] }));
    const failed = await inOrder(all, async ({ name, machine }) => {
      context.note(context.say("machine-stopping", { name }));
      await (await loadProvider(machine.provider)).stop(machine, context.flag("hard"));
    });
    return finish({ lab, failed, code: "lab-stop-failed", context }, () => {
      if (context.json) context.print(JSON.stringify({ lab, stopped: running.map(({ name }) => name) }));
      else context.print(context.say(running.length === 0 ? "lab-stopped-already" : "lab-stopped", { lab }));
    });
  });
};

/** What `up` made and is stopped; nothing is made. */
export const start: Run = async (context) => {
  refuseRoot();
  const read = await readLab(context);
  const { lab } = read;
  return holding(lab.name, async () => {
    const record = await openLab(read);
    const there = new Map((await machinesOf(lab.name, record)).map((one) => [one.name, one]));
    const all = lab.machines.map(({ name, after }) => {
      const standing = there.get(name);
      if (standing !== undefined) return { ...standing, after };
      throw new TarrError("lab-unmade", { lab: lab.name, name, file: typedFile(context) });
    });
    const inLab = { ...context, lab: lab.name };
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
    return finish({ lab: lab.name, failed, code: "lab-failed", context }, () => {
      if (context.json) context.print(JSON.stringify({ lab: lab.name, started }));
      else context.print(context.say(started.length === 0 ? "lab-started-already" : "lab-started", { lab: lab.name }));
    });
  });
};

type Done = {
  readonly lab: string;
  readonly failed: readonly Failed[];
  readonly code: "lab-failed" | "lab-stop-failed";
  readonly context: Context;
};

/** @throws TarrError `lab-failed`, `lab-stop-failed` */
async function finish({ lab, failed, code, context }: Done, tell: () => void): Promise<number> {
  await tellFailed(failed, { lab, code, context });
  tell();
  return 0;
}

async function notStopped(all: readonly Standing[]): Promise<readonly Standing[]> {
  const states = await Promise.all(all.map(({ machine }) => stateOf(machine)));
  return all.filter((_, index) => states[index] !== "stopped");
}
