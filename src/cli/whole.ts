import { readFileSync } from "node:fs";
import { constants } from "node:os";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Sections at work. */
let working = 0;
let isWatching = false;
let caught: NodeJS.Signals | null = null;

/**
 * Runs work that a signal does not cut in half: a machine that is made half would keep its name and its port. A signal is
 * remembered, the work goes on to its end, and the process then dies of the signal. What the terminal tells of Ctrl-C,
 * the programs that we run hear themselves: they fail, and what fails is undone as always.
 *
 * After a signal no section begins, and none goes on to what comes behind it. Never one section inside another: the inner
 * one would not begin, and the outer one not end.
 */
export async function whole<T>(work: () => Promise<T>): Promise<T> {
  if (caught !== null) return never();
  watch();
  working += 1;
  try {
    return await work();
  } finally {
    working -= 1;
    await stopHere();
  }
}

async function stopHere(): Promise<void> {
  if (caught === null) return;
  if (working === 0) die(caught);
  await never();
}

/** From the first section on, for good: a signal that came just before the handler is taken away would be lost. */
function watch(): void {
  if (isWatching) return;
  isWatching = true;
  for (const signal of signals) if (!isIgnored(signal)) process.on(signal, remember);
}

function remember(signal: NodeJS.Signals): void {
  caught ??= signal;
  if (working === 0) die(caught);
}

/** With the kernel's own handling, so that a shell sees what ended us. */
function die(signal: NodeJS.Signals): void {
  for (const one of signals) process.off(one, remember);
  process.kill(process.pid, signal);
}

/** Under nohup(1), or behind a shell's `&`, signals are ignored (proc(5), SigIgn), and so they stay. */
function isIgnored(signal: NodeJS.Signals): boolean {
  const [, mask = "0"] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return ((BigInt(`0x${mask}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
