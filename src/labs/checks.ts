import { TarrError } from "../error.ts";
import type { MachineName } from "../model/names.ts";
import type { LabCheck, LabMachine } from "./lab.ts";
import type { Source } from "./place.ts";
import { wrongAt } from "./place.ts";
import type { CheckPart } from "./shape.ts";

/** One line of `check:`. @throws TarrError `lab-value` */
export function parseCheck(
  source: Source,
  {
    part,
    index,
    machines,
  }: { readonly part: CheckPart; readonly index: number; readonly machines: readonly LabMachine[] },
): LabCheck {
  const path = ["check", index];
  const place = (key: "from" | "to", text: string): MachineName | "host" => {
    if (text === "host") return text;
    const found = machines.find((one) => one.name === text)?.name;
    if (found !== undefined) return found;
    throw wrongAt(source, [...path, key], { value: text, cause: new TarrError("lab-no-machine", { value: text }) });
  };
  const from = place("from", part.from);
  const { to, port, run } = part;
  const reach = part.reach !== false && part.reach !== "no";
  const line = source.line(path);
  if (run !== undefined && to === undefined && port === undefined && from !== "host") {
    return { from, line, what: { kind: "run", command: run, expect: part.expect ?? "" } };
  }
  if (to === undefined || run !== undefined) {
    throw wrongAt(source, path, { value: "", cause: new TarrError("lab-check-empty") });
  }
  const far = place("to", to);
  if (port === undefined) return { from, line, what: { kind: "ping", to: far, reach } };
  return { from, line, what: { kind: "port", to: far, port, reach } };
}
