import { connect } from "node:net";
import * as v from "valibot";
import type { PauseCause } from "../../model/machine.ts";

/** A message of QMP (qemu-qmp-ref(7)): the greeting, an event, an answer or an error. */
const messageShape = v.object({
  return: v.optional(v.unknown()),
  error: v.optional(v.object({ desc: v.string() })),
});

const statusShape = v.object({ status: v.string() });
const patience = 3_000;

export type MonitorCommand = { readonly execute: string; readonly arguments?: Readonly<Record<string, unknown>> };
/** What QEMU said to one command. */
export type MonitorAnswer = { readonly value: unknown; readonly error: string | null };
/** A monitor's socket, by its name inside a folder: its path may be too long for a socket. */
export type MonitorPlace = { readonly folder: string; readonly socket: string };

/** Runs one command. @returns what QEMU answered; null when no QEMU is there, or none that answers */
export async function askMonitor(place: MonitorPlace, execute: string): Promise<unknown> {
  const answers = await runMonitor(place, [{ execute }]);
  return answers === null ? null : (answers[0]?.value ?? {});
}

/**
 * Runs commands one after the other, those behind a refused one too.
 *
 * @returns an answer for each; fewer when QEMU ended meanwhile, null when it did not speak at all
 */
export async function runMonitor(
  place: MonitorPlace,
  commands: readonly MonitorCommand[],
): Promise<readonly MonitorAnswer[] | null> {
  const all: readonly MonitorCommand[] = [{ execute: "qmp_capabilities" }, ...commands];
  return new Promise((resolve) => {
    const connection = connectFrom(place.folder, place.socket);
    const answers: MonitorAnswer[] = [];
    const end = () => {
      connection.destroy();
      resolve(answers.length === 0 ? null : answers.slice(1));
    };
    let received = "";
    connection.setEncoding("utf8").setTimeout(patience, end);
    connection.on("error", end).on("close", end);
    connection.on("connect", () => connection.write(all.map((one) => `${JSON.stringify(one)}\n`).join("")));
    connection.on("data", (piece: string) => {
      const lines = (received + piece).split("\n");
      received = lines.pop() ?? "";
      answers.push(...lines.flatMap(answerIn));
      if (answers.length >= all.length) end();
    });
  });
}

function answerIn(line: string): MonitorAnswer[] {
  const message = v.safeParse(messageShape, parseJson(line));
  // The greeting and events are neither.
  if (!message.success || !("return" in message.output || "error" in message.output)) return [];
  return [{ value: message.output.return ?? {}, error: message.output.error?.desc ?? null }];
}

/** The state that QEMU tells: `running`, `paused`, `shutdown`, ... ; null when it is not there. */
export async function monitorStatus(place: MonitorPlace): Promise<string | null> {
  const status = v.safeParse(statusShape, await askMonitor(place, "query-status"));
  return status.success ? status.output.status : null;
}

const blocksShape = v.array(v.object({ "io-status": v.optional(v.string()) }));

/** Why QEMU stopped a guest by itself (qemu-qmp-ref(7), `io-error`, BlockDeviceIoStatus). */
export async function stopCause(place: MonitorPlace): Promise<PauseCause> {
  const blocks = v.safeParse(blocksShape, await askMonitor(place, "query-block"));
  const isFull = blocks.success && blocks.output.some((one) => one["io-status"] === "nospace");
  return isFull ? "disk-full" : "disk-error";
}

/** Connects to a unix socket by its name inside a folder: connect(2) takes 107 bytes, a path may have more. */
export function connectFrom(folder: string, socket: string) {
  const before = process.cwd();
  try {
    process.chdir(folder);
    return connect({ path: socket });
  } finally {
    process.chdir(before);
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
