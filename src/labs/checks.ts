import type { MachineName } from "../model/names.ts";
import type { LabCheck, LabMachine } from "./lab.ts";
import type { Source } from "./place.ts";
import type { CheckPart } from "./shape.ts";

type Reading = {
  readonly source: Source;
  readonly machines: readonly LabMachine[];
  /** Of every machine that is written, whatever is wrong with it. */
  readonly names: readonly string[];
};

/** One line of `check:`; null when something of it is wrong. */
export function parseCheck({ source, machines, names }: Reading, part: CheckPart, index: number): LabCheck | null {
  const path = ["check", index];
  const place = (key: "from" | "to", text: string | undefined): MachineName | "host" | null => {
    if (text === "host" || text === undefined) return text ?? null;
    if (!names.includes(text) && !source.isLost(["machines"])) {
      const known = [...names, "host"].join(", ");
      return source.note([...path, key], { value: text, cause: { code: "lab-no-machine", values: { known } } });
    }
    return machines.find((one) => one.name === text)?.name ?? null;
  };
  const { to, port, run } = part;
  const [from, far] = [place("from", part.from), place("to", to)];
  const reach = part.reach !== false && part.reach !== "no";
  const line = source.line(path);
  if (source.isFaulty(path)) return null;
  if (run !== undefined && to === undefined && port === undefined && part.from !== "host") {
    return from === null ? null : { from, line, what: { kind: "run", command: run, expect: part.expect ?? "" } };
  }
  if (to === undefined || run !== undefined) {
    return source.note(path, { value: part.from ?? "", cause: { code: "lab-check-empty", values: {} } });
  }
  if (from === null || far === null) return null;
  if (port === undefined) return { from, line, what: { kind: "ping", to: far, reach } };
  return { from, line, what: { kind: "port", to: far, port, reach } };
}
