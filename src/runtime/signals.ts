import { readFileSync } from "node:fs";
import { constants } from "node:os";

/** What ends a program that does not ask for anything else: Ctrl-C, kill(1), a terminal that goes away (signal(7)). */
const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Calls `handler` at each signal that would end this process, until what it returns is called. Under nohup(1), or behind a
 * shell's `&`, signals are ignored, and so they stay: a handler would make an end of what was to go on.
 */
export function onEnding(handler: (signal: NodeJS.Signals) => void): () => void {
  const heard = endingSignals.filter((signal) => !isIgnored(signal));
  for (const signal of heard) process.on(signal, handler);
  return () => {
    for (const signal of heard) process.off(signal, handler);
  };
}

/** Again, for who else listens, or in the end the kernel itself: so a shell sees what ended us. */
export function dieOf(signal: NodeJS.Signals): void {
  process.kill(process.pid, signal);
}

/** proc(5), SigIgn. */
function isIgnored(signal: (typeof endingSignals)[number]): boolean {
  const [, mask = "0"] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return ((BigInt(`0x${mask}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
}
