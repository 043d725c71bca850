import { createReadStream } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { TarrError } from "../../error.ts";
import type { Line } from "../../host/command.ts";
import { openLine, runInTerminal } from "../../host/command.ts";
import type { Machine } from "../../model/machine.ts";
import { machineFolder } from "../../providers/folders.ts";
import { shellWord } from "../../model/shell-word.ts";
import { connectFrom } from "../../providers/qemu/monitor.ts";
import { loadProvider, stateOf } from "../../providers/registry.ts";
import type { Context, Run } from "../command.ts";
import { linesAsText } from "../render/terminal-text.ts";
import { writeOutput } from "../../runtime/write-output.ts";
import { isRefusedAt, openDoor, refusalAt } from "../door.ts";
import type { Target } from "../target.ts";
import { controlOf, findOwn, findTarget, foreignError } from "../target.ts";

/** Ctrl-], as telnet(1) has it. */
const leaveKey = 0x1d;

/** The machine's serial line on this terminal, until Ctrl-]. */
export const console: Run = async (context) => {
  const open = await consoleOf(await findTarget(context.argument("name")));
  const { stdin, stdout } = process;
  if (!stdin.isTTY) throw new TarrError("terminal-needed");
  context.note(context.say("console-leave"));
  const { input, output, close } = open();
  return new Promise((resolve) => {
    const end = (code: number) => {
      stdin.setRawMode(false);
      stdin.pause();
      close();
      stdout.write("\n");
      resolve(code);
    };
    stdin.setRawMode(true);
    stdin.on("data", (typed: Buffer) => {
      if (typed.includes(leaveKey)) end(0);
      else input.write(typed);
    });
    output.on("data", (piece: Buffer) => stdout.write(piece));
    output.on("close", () => end(0)).on("error", () => end(1));
    input.on("error", () => end(1));
    // An empty line makes the guest print its prompt: a blank screen looks like a dead machine.
    input.write("\r");
  });
};

/** What opens the console of a machine that runs. @throws TarrError `machine-stopped`, `machine-foreign` */
async function consoleOf(target: Target): Promise<() => Omit<Line, "ended">> {
  if (target.kind === "own") {
    const { machine } = target;
    await requireRunning(machine);
    const way = (await loadProvider(machine.provider)).features.console(machine);
    return () => (way.kind === "program" ? openLine(way.argv) : socketLine(machine, way.name));
  }
  const { name, machine, provider } = target;
  const shown = await controlOf(provider).console?.(machine);
  if (shown?.kind !== "program") throw foreignError(target, "console");
  if (machine.state !== "running") throw new TarrError("machine-stopped", { name: shellWord(name) });
  return () => openLine(shown.argv);
}

function socketLine(machine: Machine, name: string): Omit<Line, "ended"> {
  const socket = connectFrom(machineFolder(machine.name), name);
  return { input: socket, output: socket, close: () => socket.destroy() };
}

/** What the machine printed on its serial line so far. */
export const logs: Run = async (context) => {
  const machine = await findOwn(context.argument("name"), "logs");
  const provider = await loadProvider(machine.provider);
  const path = join(machineFolder(machine.name), provider.features.log);
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (!exists) throw new TarrError("machine-stopped", { name: machine.name });
  if (process.stdout.isTTY) {
    // Else it goes to a file or a program as it is.
    for await (const text of linesAsText(createReadStream(path, "utf8"))) await writeOutput(Buffer.from(text));
    return 0;
  }
  await new Promise<void>((resolve, reject) => {
    createReadStream(path).on("end", resolve).on("error", reject).pipe(process.stdout, { end: false });
  });
  return 0;
};

/**
 * ssh(1) into a machine. An agent of this one command holds just the key for machines and is handed on, so that from one
 * machine the next can be reached.
 */
export const ssh: Run = async (context) => {
  const door = await openDoor(context.argument("name"), context);
  const { name, ours, options, to } = door;
  const remote = context.rest.length === 0 ? [] : ["--", ...context.rest];
  const program = ours ? (["ssh-agent", "ssh", "-A", "-o", "AddKeysToAgent=yes"] as const) : (["ssh"] as const);
  const code = await runInTerminal([...program, ...options, to, ...remote]);
  if (code !== sshFailed || !ours) return code;
  // Its own failure, of which it says nothing with LogLevel=ERROR: a connection that broke, a machine that refuses.
  if (await isRefusedAt(door)) context.note(await textOf(refusalAt(door), context));
  else context.note(context.say("ssh-failed", { name }));
  return code;
};

const sshFailed = 255;

async function textOf(error: TarrError, { language }: Context): Promise<string> {
  return (await (await import("../render/error.ts")).renderError(error, { language, json: false })).text;
}

async function requireRunning(machine: Machine): Promise<void> {
  if ((await stateOf(machine)) !== "running") throw new TarrError("machine-stopped", { name: machine.name });
}
