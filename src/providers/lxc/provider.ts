import { readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { TarrError } from "../../error.ts";
import type { Argv } from "../../host/command.ts";
import { writeWhole } from "../../host/files.ts";
import { firstBootEntries } from "../../images/tiny/first-boot.ts";
import { unpackTree } from "../../images/tiny/tree.ts";
import { readImageRecord } from "../../images/record.ts";
import type { Machine } from "../../model/machine.ts";
import { plainName } from "../../model/machine.ts";
import type { MachineName } from "../../model/names.ts";
import { providerProblem } from "../absent.ts";
import { imageFolder, machineFolder } from "../folders.ts";
import { machineKey } from "../key.ts";
import type { Provider, Rewired, Target } from "../provider.ts";
import { firstComplaint, isNicRefusal } from "./cause.ts";
import { plugNic, readMap, readNic, renderConfig, renderFilter, restoreNic } from "./config.ts";
import { configPath, findContainer, nativeMachines, ownPath, stateOf } from "./containers.ts";
import { findAvailability, refusedNic, requireNic } from "./facts.ts";
import type { Container } from "./files.ts";
import { containerWords, files } from "./files.ts";
import { findIds, mapEntries } from "./ids.ts";
import { withIncludes } from "./includes.ts";
import { furnishLayers, runInside } from "./layers.ts";
import { changeLive } from "./live.ts";
import { snapshotFolder } from "../snapshots.ts";
import { requireExecutable } from "./mounts.ts";
import { openSession, runInSession, scopeWords } from "../session.ts";
import { lxcSnapshots } from "./snapshots.ts";
import { lxcNative } from "./native.ts";
import { lxcWords } from "./words.ts";

/** Seconds after which a guest that was asked to power off, and does not, is ended. */
const stopPatience = 20;
/** lxc-start answers when the container runs or has failed to. */
const startPatience = 60_000;

export const lxcProvider: Provider = {
  features: {
    name: "lxc",
    words: lxcWords,
    native: lxcNative,
    windows: false,
    keepsList: true,
    console: (machine) => ({ kind: "program", argv: consoleWords(machine.name) }),
    log: files.log,
    snapshots: lxcSnapshots(mapOf),
  },

  available: findAvailability,

  machines: nativeMachines,

  async create(machine) {
    const folder = machineFolder(machine.name);
    await requireExecutable(folder);
    const ids = await findIds();
    const image = await readImageRecord(imageFolder(machine.image));
    if (image.format === 2) await furnishLayers(machine, image, ids);
    else await furnishTiny(machine);
    const root = image.format === 2 ? "layers" : "tiny";
    await writeFile(join(folder, files.filter), renderFilter(ids), { mode: 0o600 });
    await writeFile(join(folder, files.config), renderConfig(machine, { folder, ids, root }), { mode: 0o600 });
  },

  async start(machine) {
    const container = containerOf(machine.name);
    const available = await findAvailability();
    if (!available.usable) throw available.error;
    // A state that LXC cannot tell is told by the start.
    const state = await stateOf(container);
    if (state === "running") throw new TarrError("machine-running", { name: machine.name });
    if (state === "paused") return resume(machine);
    await requireExecutable(machineFolder(machine.name));
    for (const { port } of machine.nics) await requireNic(port);
    const log = join(machineFolder(machine.name), files.errors);
    await rm(log, { force: true });
    const { manager } = await openSession();
    const start: Argv = ["lxc-start", ...containerWords(container), "-o", log, "-l", "ERROR", "-d"];
    const { memory, cpus = null } = machine;
    const scope = scopeWords({ description: `tarr-steps: ${machine.name}`, memory, cpus });
    const result = await runInSession(manager ? [...scope, ...start] : start, startPatience);
    if (result.code !== 0) throw await startError(machine, { log, printed: result.stderr });
  },

  async stop(machine, hard) {
    const container = containerOf(machine.name);
    const how = hard ? ["--kill"] : ["--timeout", String(stopPatience)];
    await runInSession(["lxc-stop", ...containerWords(container), ...how], (stopPatience + 10) * 1000);
    await whileRunning(container);
  },

  async delete(machine) {
    const own = [files.root, files.upper, files.work, snapshotFolder];
    const folders = own.map((name) => join(machineFolder(machine.name), name));
    // Without LXC, or with ids that are no longer the user's, what can be removed is.
    await runInside(await mapOf(machine), ["rm", "-rf", "--one-file-system", "--", ...folders]).catch(() => undefined);
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  },

  async rewire({ machine, nic }, to): Promise<Rewired> {
    const container = await findContainer(machine.name);
    const index = nic - 1;
    const { before, after } = await rewriteConfig(container, (config) => changed(config, index, to));
    if ((await stateOf(container)) === "stopped") return { when: "next-start" };
    const [former, wanted] = await Promise.all([before, after].map((config) => withIncludes(config)));
    const change = { nic: index, before: readNic(former ?? "", index), after: readNic(wanted ?? "", index) };
    return { when: (await changeLive(container, change)) ? "now" : "next-start" };
  },
};

/** Frozen by lxc-freeze(1). */
async function resume({ name }: Machine): Promise<void> {
  const { code, stderr } = await runInSession(["lxc-unfreeze", ...containerWords(containerOf(name))]);
  if (code === 0) return;
  throw new TarrError("machine-start-failed", { name, said: stderr.trim().split("\n").at(-1) || "lxc-unfreeze" });
}

async function furnishTiny(machine: Machine): Promise<void> {
  const { publicKey } = await machineKey();
  const settings = { hostname: plainName(machine), keys: [publicKey], more: firstBootEntries(machine) };
  await unpackTree(imageFolder(machine.image), join(machineFolder(machine.name), files.root), settings);
}

/** Who is who in a machine: as it was made, since the user's ids may have been changed meanwhile. */
async function mapOf(machine: Pick<Machine, "name">): Promise<readonly string[]> {
  const config = await readFile(configPath(containerOf(machine.name)), "utf8").catch(() => "");
  const made = readMap(config);
  return made.length > 0 ? made : mapEntries(await findIds(), ":");
}

function containerOf(name: MachineName): Container {
  return { path: ownPath(), name };
}

/** lxc-console(1) on the container's console. By its reckoning a backquote is no way out: whoever calls it has one. */
function consoleWords(name: MachineName): Argv {
  return ["lxc-console", ...containerWords(containerOf(name)), "-t", "0", "-e", "`"];
}

function changed(config: string, nic: number, to: Target): string {
  return "port" in to ? plugNic(config, nic, to.port) : restoreNic(config, nic, to.former);
}

/** Written whole, in its place behind any link, with its mode: it may be the user's own. */
async function rewriteConfig(
  container: Container,
  change: (config: string) => string,
): Promise<{ readonly before: string; readonly after: string }> {
  const path = await realpath(configPath(container));
  const bytes = await readFile(path);
  const before = bytes.toString("utf8");
  // What is no UTF-8 would come out changed.
  if (!Buffer.from(before, "utf8").equals(bytes)) throw providerProblem("lxc", "container-config", { path });
  const after = change(before);
  if (after !== before) await writeWhole(path, after, (await stat(path)).mode & 0o777);
  return { before, after };
}

async function startError(machine: Machine, told: { readonly log: string; readonly printed: string }) {
  const log = await readFile(told.log, "utf8").catch(() => "");
  if (isNicRefusal(log)) return refusedNic(machine.nics.map(({ port }) => port));
  const said = firstComplaint(log) || (told.printed.trim().split("\n").at(-1) ?? "");
  return new TarrError("machine-start-failed", { name: machine.name, said: said === "" ? "lxc-start" : said });
}

/** lxc-stop answers when the guest is gone; its monitor tidies up a moment longer. */
async function whileRunning(container: Container): Promise<void> {
  const deadline = performance.now() + stopPatience * 1000;
  while ((await stateOf(container)) !== "stopped" && performance.now() < deadline) await pause(50);
}
