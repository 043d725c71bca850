import { join } from "node:path";
import { askAhead } from "../../api/ahead.ts";
import type { Reply } from "../../api/types.ts";
import type { Machine } from "../../model/machine.ts";
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
      return [...(await machineNames(current)), ...(await pluggedNames())];
    case "lab-machine":
      return labMachineNames();
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
      return portNames();
    case "hardware":
      return ["memory=", "cpus="];
    case "copied":
      // A name of a machine ends in a colon; all else is a file's.
      return current === "" || /^[a-z][a-z0-9/-]*$/.test(current) ? copyCandidates(current) : [filesMark];
    case "line":
      return ["normal", "delay=", "jitter=", "loss=", "rate="];
    case "setting":
      return settingCandidates(current);
    default:
      return [];
  }
}

/** What reads the answer is loaded while the service looks; most places need neither. */
async function ask<Name extends "ListNetworks" | "ListPorts">(method: Name): Promise<Reply<Name>> {
  await askAhead(method);
  const { client } = await import("../../api/client.ts");
  return client()<Name>(method, {});
}

async function networkNames(): Promise<readonly string[]> {
  return (await ask("ListNetworks")).networks;
}

function folders(of: "machines" | "images" | "labs"): readonly string[] {
  return listEntries(join(dataFolder(), of));
}

/** As they are shown; with their lab's name once a slash is typed. Without labs each has the name of its folder. */
async function machineNames(current: string): Promise<readonly string[]> {
  if (folders("labs").length === 0) return folders("machines");
  const [all, { shownName }] = await Promise.all([ownMachines(), import("../../model/machine-names.ts")]);
  if (!current.includes("/")) return all.map((one) => shownName(one, all));
  return all.flatMap(({ lab }) => (lab === undefined ? [] : [`${lab.lab}/${lab.machine}`]));
}

/** As the labs' files call them. */
async function labMachineNames(): Promise<readonly string[]> {
  return [...new Set((await ownMachines()).flatMap(({ lab }) => lab?.machine ?? []))];
}

async function portNames(): Promise<readonly string[]> {
  const [{ ports }, { shownAt }, all] = await Promise.all([
    ...([ask("ListPorts"), import("../own-machines.ts"), ownMachines()] as const),
  ]);
  return [...new Set(ports.map((port) => shownAt(port, all)))].sort();
}

async function ownMachines(): Promise<readonly Machine[]> {
  return (await import("../own-machines.ts")).ownMachines();
}

async function copyCandidates(current: string): Promise<readonly string[]> {
  const names = [...(await machineNames(current)), ...(await pluggedNames())].map((name) => `${name}:`);
  const fitting = names.filter((name) => name.startsWith(current));
  return current === "" || fitting.length === 0 ? [filesMark] : fitting;
}

/** Most users have none, and wait for nothing. */
async function pluggedNames(): Promise<readonly string[]> {
  if (listEntries(join(dataFolder(), "plugs")).length === 0) return [];
  return (await (await import("../../providers/plugs.ts")).listPlugged()).map(({ machine }) => machine);
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
