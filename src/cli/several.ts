import { TarrError } from "../error.ts";
import { printable } from "../model/names.ts";
import type { Context } from "./command.ts";
import type { Target } from "./target.ts";
import { findTarget, nativeName } from "./target.ts";

/** The machines that were named, each once. Nothing is begun when one of them is not there. */
export async function namedTargets(context: Context): Promise<readonly Target[]> {
  const targets = await Promise.all([context.argument("name"), ...context.rest].map(findTarget));
  return [...new Map(targets.map((one) => [nativeName(one), one])).values()];
}

/**
 * Does the same to several, one after the other; one that fails does not keep the others from it.
 *
 * @throws what a single one throws; `machines-failed` when several were named
 */
export async function each<T extends { readonly name: string }>(
  all: readonly T[],
  work: (one: T) => Promise<void>,
  context: Context,
): Promise<void> {
  const [only] = all;
  if (all.length === 1 && only !== undefined) return work(only);
  const failed: string[] = [];
  for (const one of all) {
    try {
      await work(one);
    } catch (error) {
      const { renderError } = await import("./render/error.ts");
      const { language, call } = context;
      context.note((await renderError(error, { language, json: false, call })).text);
      failed.push(printable(one.name));
    }
  }
  if (failed.length === 0) return;
  const counts = { count: String(failed.length), all: String(all.length) };
  throw new TarrError("machines-failed", { ...counts, names: failed.join(", ") });
}
