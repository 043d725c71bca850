import { connect } from "node:net";
import * as v from "valibot";

/** A message of QMP (qemu-qmp-ref(7)): the greeting, an event, an answer or an error. */
const messageShape = v.object({
  return: v.optional(v.unknown()),
  error: v.optional(v.object({ desc: v.string() })),
});

const statusShape = v.object({ status: v.string() });
const patience = 3_000;

/**
 * Runs one command on a machine's monitor.
 *
 * @param folder the machine's; the socket is reached from inside it, since its path may be too long for a socket
 * @returns what QEMU answered; null when no QEMU is there, or none that answers
 */
export async function askMonitor(folder: string, socket: string, command: string): Promise<unknown> {
  const commands = [command === "qmp_capabilities" ? [] : ["qmp_capabilities"], [command]].flat();
  return new Promise((resolve) => {
    const connection = connectFrom(folder, socket);
    const end = (value: unknown) => {
      connection.destroy();
      resolve(value);
    };
    let received = "";
    let answers = 0;
    connection.setEncoding("utf8").setTimeout(patience, () => end(null));
    connection.on("error", () => end(null)).on("close", () => end(answers >= commands.length ? {} : null));
    connection.on("connect", () => {
      connection.write(commands.map((execute) => `${JSON.stringify({ execute })}\n`).join(""));
    });
    connection.on("data", (piece: string) => {
      const lines = (received + piece).split("\n");
      received = lines.pop() ?? "";
      for (const line of lines) {
        const message = v.safeParse(messageShape, parseJson(line));
        if (!message.success || !("return" in message.output || "error" in message.output)) continue;
        answers += 1;
        if (answers === commands.length) end(message.output.return ?? {});
      }
    });
  });
}

/** The state that QEMU tells: `running`, `paused`, `shutdown`, ... ; null when it is not there. */
export async function monitorStatus(folder: string, socket: string): Promise<string | null> {
  const status = v.safeParse(statusShape, await askMonitor(folder, socket, "query-status"));
  return status.success ? status.output.status : null;
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
