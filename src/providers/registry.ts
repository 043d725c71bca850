import { TarrError } from "../error.ts";
import type { ProviderName } from "../model/machine.ts";
import { providerNames } from "../model/machine.ts";
import type { Provider } from "./provider.ts";

/** One line for each provider; loaded when used, the best for a class first. */
const loaders: Readonly<Record<ProviderName, () => Promise<Provider>>> = {
  qemu: async () => (await import("./qemu/provider.ts")).qemuProvider,
};

export function loadProvider(name: ProviderName): Promise<Provider> {
  return loaders[name]();
}

export function parseProviderName(text: string): ProviderName {
  const name = providerNames.find((one) => one === text);
  if (name === undefined) throw new TarrError("provider-unknown", { value: text, known: providerNames.join(", ") });
  return name;
}

/** The named provider, or the first that works here. @throws TarrError `provider-missing`, `no-provider` */
export async function chooseProvider(name: ProviderName | null): Promise<Provider> {
  const providers = await Promise.all((name === null ? providerNames : [name]).map(loadProvider));
  let install = "";
  for (const provider of providers) {
    const available = await provider.available();
    if (available.usable) return provider;
    install ||= available.install;
  }
  if (name === null) throw new TarrError("no-provider", { install });
  throw new TarrError("provider-missing", { provider: name, install });
}
