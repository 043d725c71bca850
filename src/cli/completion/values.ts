import { join } from "node:path";
import type { Call } from "../../api/client.ts";
import { providerNames } from "../../model/machine.ts";
import { reaches, settingKeys } from "../../model/network.ts";
import { dataFolder } from "../../providers/folders.ts";
import { listEntries } from "../../runtime/folder.ts";
import type { ValuePlace } from "./place.ts";
import { filesMark } from "./place.ts";

/** What may stand where a value is expected. @param current what stands there already */
export async function values(of: ValuePlace["of"], current: string): Promise<readonly string[]> {
  switch (of) {
    case "network":
    case "value-network":
      return networkNames();
    case "value-nic-network":
      return (await networkNames()).map((name) => `network=${name}`);
    case "machine":
      return folders("machines");
    case "image":
    case "value-image":
      return [...new Set(["tiny", ...folders("images")])];
    case "value-provider":
      return providerNames;
    case "value-reach":
      return [...reaches, "auto"];
    case "value-kind":
      return (await import("../../providers/recipes/recipes.ts")).recipeKinds;
    case "value-file":
      return [filesMark];
    case "plug":
      return plugCandidates(current);
    case "plugged":
      return (await (await import("../../providers/plugs.ts")).listPlugged()).map(
        ({ provider, machine }) => `${provider}:${machine}`,
      );
    case "port":
      return [...new Set((await (await service())("ListPorts", {})).ports.map(({ name }) => name))].sort();
    case "line":
      return ["normal", "delay=", "jitter=", "loss=", "rate="];
    case "setting":
      return settingCandidates(current);
    default:
      return [];
  }
}

/** Loaded where it is wanted: most places need no service. */
async function service(): Promise<Call> {
  return (await import("../../api/client.ts")).client();
}

async function networkNames(): Promise<readonly string[]> {
  return (await (await service())("ListNetworks", {})).networks;
}

function folders(of: "machines" | "images"): readonly string[] {
  return listEntries(join(dataFolder(), of));
}

/** A hypervisor is only asked for its machines once its name is typed: some take a second to answer. */
async function plugCandidates(current: string): Promise<readonly string[]> {
  const provider = providerNames.find((name) => current.startsWith(`${name}:`));
  if (provider === undefined) return providerNames.map((name) => `${name}:`);
  const { loadProvider } = await import("../../providers/registry.ts");
  return (await (await loadProvider(provider)).machines()).map(({ name }) => `${provider}:${name}`);
}

function settingCandidates(current: string): readonly string[] {
  if (current.startsWith("reach=")) return [...reaches, "auto"].map((reach) => `reach=${reach}`);
  if (current.startsWith("dhcp=")) return ["dhcp=on", "dhcp=off"];
  return settingKeys.map((key) => `${key}=`);
}
