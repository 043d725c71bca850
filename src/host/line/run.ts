import { TarrError } from "../../error.ts";
import type { Line } from "../../model/line.ts";
import type { InterfaceName } from "../../model/names.ts";
import type { StepOf } from "../../plan/step.ts";
import type { Argv, CommandResult } from "../command.ts";
import { commandFailure, run } from "../command.ts";
import { portAlias } from "../ownership.ts";
import { disciplineOf, renderDiscipline, renderLine } from "./render.ts";

/** @throws TarrError `line-unsupported` where the kernel lacks what the line is made by */
export async function setLine({ interface: name, line }: StepOf<"set-line">): Promise<void> {
  const result = await run(["tc", "-batch", "-"], { stdin: renderLine(name, line) });
  if (result.code === 0 || isGone(result)) return;
  // Taken away by somebody else already.
  if (line === null && /Cannot delete qdisc with handle of zero|No such file or directory/.test(result.stderr)) return;
  if (line !== null) refuseUnknown(line, result);
  throw commandFailure(["tc", renderLine(name, line).trim()], result);
}

/** Whether the kernel can make such a line: tried where nobody is. @throws TarrError `line-unsupported` */
export async function tryLine(where: InterfaceName, line: Line): Promise<void> {
  const at = ["dev", where, "root"];
  const result = await run(["tc", "qdisc", "replace", ...at, ...renderDiscipline(line).split(" ")]);
  if (result.code === 0) await run(["tc", "qdisc", "delete", ...at]);
  else refuseUnknown(line, result);
}

function refuseUnknown(line: Line, { stderr }: CommandResult): void {
  if (!/qdisc kind is unknown/.test(stderr)) return;
  throw new TarrError("line-unsupported", { module: `sch_${disciplineOf(line)}` });
}

/** One interface, made by a hypervisor: it may go at any moment, and then has no cable. */
export async function setCable({ interface: name, port, up }: StepOf<"set-cable">): Promise<void> {
  const alias = port === null ? "" : `${portAlias}${port}`;
  const argv: Argv = ["ip", "link", "set", "dev", name, "alias", alias, up ? "up" : "down"];
  const result = await run(argv);
  if (result.code !== 0 && !isGone(result)) throw commandFailure(argv, result);
}

function isGone({ stderr }: CommandResult): boolean {
  return stderr.includes("Cannot find device");
}
