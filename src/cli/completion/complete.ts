import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { client } from "../../api/client.ts";
import type { Language } from "../../messages/messages.ts";
import { say } from "../../messages/messages.ts";
import { providerNames } from "../../model/machine.ts";
import { reaches, settingKeys } from "../../model/network.ts";
import { dataFolder } from "../../providers/folders.ts";
import { printLine } from "../../runtime/output.ts";
import { commands } from "../commands.ts";
import type { Place } from "./place.ts";
import { placeOf } from "./place.ts";

/** Where the shell completes names of files itself. */
const filesMark = ":files";

/**
 * For the shells' completion, on each press of the tab key: what may stand at the cursor, one a line, with a tab and its
 * summary where it has one. What cannot be known is left out without a word: the user is typing.
 */
export async function complete(typed: readonly string[], language: Language): Promise<number> {
  const place = placeOf(typed, commands);
  const current = typed.at(-1) ?? "";
  const lines = await linesFor(place, current, language).catch(() => []);
  for (const line of lines) if (line === filesMark || line.startsWith(current)) printLine(line);
  return 0;
}

async function linesFor(place: Place, current: string, language: Language): Promise<readonly string[]> {
  switch (place.kind) {
    case "nothing":
      return [];
    case "words":
      return place.words.map(({ word, summary }) =>
        summary === undefined ? word : `${word}\t${say(language, summary)}`,
      );
    case "value":
      return values(place.of, current);
  }
}

async function values(of: Extract<Place, { kind: "value" }>["of"], current: string): Promise<readonly string[]> {
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
      return [...new Set(["tiny", ...(await folders("images"))])];
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
      return [...new Set((await client()("ListPorts", {})).ports.map(({ name }) => name))].sort();
    case "line":
      return ["normal", "delay=", "jitter=", "loss=", "rate="];
    case "setting":
      return settingCandidates(current);
    default:
      return [];
  }
}

async function networkNames(): Promise<readonly string[]> {
  return (await client()("ListNetworks", {})).networks;
}

async function folders(of: "machines" | "images"): Promise<readonly string[]> {
  return (await readdir(join(dataFolder(), of))).sort();
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
