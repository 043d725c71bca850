import type { Lab, LabMachine } from "../../labs/lab.ts";
import type { MachineState } from "../../model/machine.ts";
import { sayCode } from "../../messages/messages.ts";
import type { MachineName } from "../../model/names.ts";
import { printable } from "../../model/names.ts";
import { shellWord } from "../../model/shell-word.ts";
import type { Context, Run } from "../command.ts";
import { runChecks } from "../lab/checks.ts";
import type { Result } from "../lab/checks.ts";
import type { Standing as StandingMachine } from "../lab/machines.ts";
import { machinesOf } from "../lab/machines.ts";
import type { Record } from "../lab/made.ts";
import { findLab, openFound, typedFile } from "../lab/read.ts";
import type { MachineView } from "../machine-view.ts";
import { nicAddress } from "../machine-view.ts";
import { machineViews } from "../machines.ts";
import { table } from "../render/table.ts";

/** A machine's state, or that it is not there. */
type Standing = MachineState | "missing";

/** A check, and the machines that keep it from going as the file wants. */
type Judged = Result & { readonly cause: readonly { readonly machine: string; readonly state: Standing }[] };

export const status: Run = async (context) => {
  const found = await findLab(context);
  const record = await openFound(found);
  const there = await machinesOf(found.name, record);
  const lab = found.read?.lab ?? madeLab(found.name, { there, record });
  const all = await machineViews(context.call);
  const views = new Map(
    there.flatMap(({ name, machine }) => {
      const view = all.find((one) => one.image !== null && one.name === machine.name);
      return view === undefined ? [] : [[name, view] as const];
    }),
  );
  const standing = new Map(lab.machines.map(({ name }) => [name, standingOf(name, views)]));
  // Of a machine that the hypervisor does not tell about, trying tells.
  const mayRun = there.filter(({ name }) => runsPerhaps(standingOf(name, views))).map(({ machine }) => machine);
  const results = there.length === 0 ? [] : await runChecks(lab, mayRun, { context });
  const judged = results.map((one): Judged => ({ ...one, cause: causeOf(one, standing) }));
  const { read } = found;
  if (read === null) context.note(context.say("lab-without-file", { lab: lab.name, file: fileOf(record) }));
  const ok = [...standing.values()].every((one) => one === "running") && results.every((one) => one.ok);
  if (context.json) {
    const checks = judged.map(({ check: { line, from, what }, ok: good, said, cause }) => ({
      ...{ line, from, ...what, ok: good, said, cause },
    }));
    context.print(JSON.stringify({ lab: lab.name, ok, machines: [...views.values()], checks }));
    return ok ? 0 : 1;
  }
  for (const line of machineTable(lab, views, context)) context.print(line);
  if (judged.length > 0) context.print("");
  for (const line of table(judged.map((one) => checkRow(one, context)))) context.print(line);
  if (isStopped(standing)) context.note(context.say("lab-start-hint", { file: typedFile(context) }));
  return ok ? 0 : 1;
};

type Shown = Pick<Lab, "name" | "checks"> & { readonly machines: readonly Pick<LabMachine, "name" | "image">[] };

/** What there is of a lab whose file is gone, or wrong: checks are only there. */
function madeLab(
  name: MachineName,
  { there, record }: { readonly there: readonly StandingMachine[]; readonly record: Record },
): Shown {
  const machines = record.made().machines.map((one) => {
    return { name: one.name, image: there.find((standing) => standing.name === one.name)?.machine.image ?? "" };
  });
  return { name, machines, checks: [] };
}

function fileOf(record: Record): string {
  return shellWord(printable(record.file() ?? "?"));
}

/** By the names in the lab's file. */
type Views = ReadonlyMap<MachineName, MachineView>;

function standingOf(name: MachineName, views: Views): Standing {
  return views.get(name)?.state ?? "missing";
}

function runsPerhaps(state: Standing): boolean {
  return state === "running" || state === "unknown";
}

function isStopped(standing: ReadonlyMap<string, Standing>): boolean {
  return [...standing.values()].some((one) => one === "stopped");
}

/** One end of the check; or else any machine of the lab that does not run: what leads there may lead through it. */
function causeOf({ ok, check: { from, what } }: Result, standing: ReadonlyMap<string, Standing>): Judged["cause"] {
  if (ok) return [];
  const down = [...standing].filter(([, state]) => !runsPerhaps(state));
  const ends = down.filter(([name]) => name === from || (what.kind !== "run" && name === what.to));
  return (ends.length > 0 ? ends : down).map(([machine, state]) => ({ machine, state }));
}

function machineTable(lab: Shown, views: Views, context: Context): readonly string[] {
  const rows = lab.machines.map(({ name, image }) => {
    const view = views.get(name);
    const state = stateWord(view?.state ?? "missing", context);
    return [name, state, view?.nics.map(nicAddress).join(" ") ?? "", view?.provider ?? "", image];
  });
  const titles = ["column-name", "column-state", "column-address", "column-provider", "column-image"] as const;
  return table([titles.map((key) => context.say(key)), ...rows]);
}

function stateWord(state: Standing, context: Context): string {
  return state === "missing" ? context.say("lab-missing") : sayCode(context.language, `state-${state}`);
}

function checkRow(judged: Judged, context: Context): string[] {
  const { check, ok } = judged;
  const { from, what } = check;
  const mark = ok ? "✓" : "✗";
  if (what.kind === "run") return [mark, from, what.command, ok ? "" : detailOf(judged, context)];
  const by = what.kind === "port" ? `${what.to}:${what.port}` : `ping ${what.to}`;
  return [mark, from, `${what.reach ? "→" : "↛"} ${by}`, ok ? "" : detailOf(judged, context)];
}

/** What the file wants, what was found, and why. */
function detailOf({ check: { what }, said, known, late, cause }: Judged, context: Context): string {
  const reached = (yes: boolean) => context.say(yes ? "lab-reached-yes" : "lab-reached-no");
  const wanted =
    what.kind === "run"
      ? context.say(what.expect === "" ? "lab-wanted-success" : "lab-wanted-output", { text: what.expect })
      : reached(what.reach);
  const unknown =
    late === null ? context.say("lab-reached-unknown") : context.say("lab-late", { seconds: String(late) });
  const found = !known ? unknown : what.kind === "run" ? (said === "" ? "–" : said) : reached(said === "yes");
  const why = cause.map(({ machine, state }) => `${machine} ${stateWord(state, context)}`).join(", ");
  const words = { wanted, found: why === "" ? found : `${found} (${why})` };
  return context.say("lab-check-detail", words);
}
