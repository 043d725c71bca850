import { mkdir, readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { TarrError } from "../error.ts";
import { exists, readRecord, writeWhole } from "../host/files.ts";
import type { Machine, Nics } from "../model/machine.ts";
import { isNics, providerNames } from "../model/machine.ts";
import type { MachineName } from "../model/names.ts";
import { isInterfaceName, isMac, isMachineName, isNetworkName, isPortId } from "../model/names.ts";
import { dataFolder, machineFolder } from "./folders.ts";

const nicShape = v.object({
  network: v.pipe(v.string(), v.guard(isNetworkName)),
  port: v.object({
    id: v.pipe(v.string(), v.guard(isPortId)),
    interface: v.pipe(v.string(), v.guard(isInterfaceName)),
    switch: v.optional(v.pipe(v.string(), v.guard(isInterfaceName)), "vswitch0"),
    mac: v.pipe(v.string(), v.guard(isMac)),
  }),
});
const firstBootShape = v.object({
  files: v.array(v.object({ path: v.string(), mode: v.number(), content: v.string() })),
  packages: v.array(v.string()),
  script: v.nullable(v.string()),
  password: v.nullable(v.string()),
});
const machineText = v.pipe(v.string(), v.guard(isMachineName));
const machineShape = v.object({
  name: machineText,
  provider: v.picklist(providerNames),
  image: v.string(),
  memory: v.number(),
  cpus: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  madeAt: v.optional(v.pipe(v.string(), v.guard(isPortId))),
  lab: v.optional(v.object({ lab: machineText, machine: machineText })),
  firstBoot: v.optional(firstBootShape),
  unfinished: v.optional(v.literal(true)),
});
/** Up to 0.1 a machine had one network card. */
const firstShape = v.pipe(
  v.object({ version: v.literal(1), ...machineShape.entries, ...nicShape.entries }),
  v.transform(({ network, port, ...rest }): Machine => machineOf(rest, [{ network, port }])),
);
const recordShape = v.pipe(
  v.object({ version: v.literal(2), ...machineShape.entries, nics: v.pipe(v.array(nicShape), v.guard(isNics)) }),
  v.transform(({ nics, ...rest }): Machine => machineOf(rest, nics)),
);

function machineOf(record: v.InferOutput<typeof machineShape>, nics: Nics): Machine {
  const { name, provider, image, memory, cpus, madeAt, lab, firstBoot, unfinished } = record;
  return {
    ...{ name, provider, image, memory, nics },
    ...(cpus === undefined ? {} : { cpus }),
    ...(madeAt === undefined ? {} : { madeAt }),
    ...(lab === undefined ? {} : { lab }),
    ...(firstBoot === undefined ? {} : { firstBoot }),
    ...(unfinished === undefined ? {} : { unfinished }),
  };
}

/** The user's machines, by name. A record that cannot be read is told by whoever asks for that machine. */
export async function listMachines(): Promise<readonly Machine[]> {
  const names: string[] = await readdir(join(dataFolder(), "machines")).catch(() => []);
  const valid: MachineName[] = names.filter(isMachineName).sort();
  const machines = await Promise.all(valid.map((name) => readMachine(name).catch(() => null)));
  return machines.filter((machine) => machine !== null);
}

/** @throws TarrError `machine-unknown`, `machine-half-made`, `machine-record-broken` */
export async function readMachine(name: MachineName): Promise<Machine> {
  const path = join(machineFolder(name), "machine.json");
  const text = await readRecord(path).catch(() => "");
  if (text === null) throw new TarrError(await lackOf(name), { name, path });
  const parsed = v.safeParse(v.union([recordShape, firstShape]), parseJson(text));
  if (!parsed.success || parsed.output.name !== name) throw new TarrError("machine-record-broken", { name, path });
  return parsed.output;
}

/**
 * What it means that there is no record: no machine; a command that took the name and was killed (SIGKILL, power), or is
 * about to write it; or, with files in the folder, a machine that lost it.
 */
async function lackOf(name: MachineName): Promise<"machine-unknown" | "machine-half-made" | "machine-record-broken"> {
  const entries = await readdir(machineFolder(name)).catch(() => null);
  if (entries === null) return "machine-unknown";
  return entries.every((one) => one === "machine.json.new") ? "machine-half-made" : "machine-record-broken";
}

/** @throws TarrError `machine-exists`, `machine-half-made`, `machine-record-broken` */
export async function refuseTaken(name: MachineName): Promise<void> {
  if (!(await exists(machineFolder(name)))) return;
  const { unfinished = false } = await readMachine(name);
  throw new TarrError(unfinished ? "machine-half-made" : "machine-exists", { name });
}

/** Takes the name in the user's home, for a machine that is about to be made. @throws TarrError `machine-exists` */
export async function claimFolder(name: MachineName): Promise<void> {
  await mkdir(join(dataFolder(), "machines"), { recursive: true, mode: 0o700 });
  try {
    await mkdir(machineFolder(name), { mode: 0o700 });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") {
      throw new TarrError("machine-exists", { name }, error);
    }
    throw error;
  }
}

export async function writeMachine(machine: Machine): Promise<void> {
  const text = JSON.stringify({ version: 2, ...machine }, null, 1);
  await writeWhole(join(machineFolder(machine.name), "machine.json"), `${text}\n`, 0o600);
}

/** All but the record: what the machine was made of is made anew. */
export async function emptyFolder(name: MachineName): Promise<void> {
  const entries = await readdir(machineFolder(name));
  for (const entry of entries.filter((one) => one !== "machine.json")) {
    await rm(join(machineFolder(name), entry), { recursive: true, force: true });
  }
}

/** The record last: what an interrupted removal leaves can be deleted again. */
export async function removeFolder(name: MachineName): Promise<void> {
  if (await exists(machineFolder(name))) await emptyFolder(name);
  await rm(machineFolder(name), { recursive: true, force: true });
}

/**
 * Gives back a name that was taken by a command which was killed before it wrote a record (SIGKILL, power): no other
 * command would know whose folder that is.
 *
 * @returns false when there is no such folder, or a machine in it
 */
export async function freeFolder(name: MachineName): Promise<boolean> {
  const folder = machineFolder(name);
  if (await exists(join(folder, "machine.json"))) return false;
  await rm(join(folder, "machine.json.new"), { force: true });
  return rmdir(folder).then(
    () => true,
    () => false,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
