import { dieOf, onEnding } from "../runtime/signals.ts";

/** Sections at work. */
let working = 0;
let stopWatching: (() => void) | null = null;
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
  // From the first section on, for good: a signal that came just before the handler is taken away would be lost.
  stopWatching ??= onEnding(remember);
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

function remember(signal: NodeJS.Signals): void {
  caught ??= signal;
  if (working === 0) die(caught);
}

function die(signal: NodeJS.Signals): void {
  stopWatching?.();
  dieOf(signal);
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
