import { TarrError } from "../error.ts";
import type { Context } from "./command.ts";

/**
 * Whoever may not use the switch is told before an image is built for minutes, and not after.
 *
 * @throws TarrError `denied-use`, `service-unreachable`
 */
export async function refuseDenied(context: Pick<Context, "call">): Promise<void> {
  const { user, mayUse, use } = await context.call("GetRights", {});
  if (!mayUse) throw new TarrError("denied-use", { user, who: use.join(", ") });
}

/** An image alone needs no service: it can be built where none runs. */
export function unlessUnreachable(error: unknown): void {
  if (!(error instanceof TarrError) || error.class !== "unreachable") throw error;
}
