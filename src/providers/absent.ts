import { TarrError } from "../error.ts";
import type { ProviderName } from "../model/machine.ts";
import type { Availability } from "./provider.ts";

/** @param install what an administrator types to have it on this Debian release */
export function absent(provider: ProviderName, install: string): Availability {
  return { usable: false, error: new TarrError("provider-missing", { provider, install }) };
}

/** An error whose sentence is the provider's own, under `problem` in its words. */
export function providerProblem(
  provider: ProviderName,
  problem: string,
  values: Readonly<Record<string, string>> = {},
): TarrError {
  return new TarrError("provider-problem", { ...values, provider, problem });
}
