import { constants } from "node:fs";
import { access, chmod, chown, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Argv } from "../command.ts";
import { mustRun, run } from "../command.ts";

/** Where the installer of Workstation puts it. */
export const networkingProgram = "/usr/bin/vmware-networks";

export type ApplyPlaces = {
  readonly program: string;
  /** What stops and starts VMware's networks: the start comes whatever becomes of the stop, and of us. */
  readonly restart: (program: string) => Argv;
  /** Where processes and device nodes are looked for. */
  readonly proc: string;
  readonly dev: string;
};

/**
 * What VMware's program starts must outlive us, and needs rights that our own unit has not. In a unit of its own, of
 * which systemd ends only the first process, it has both (systemd-run(1), systemd.kill(5)). ExecStopPost= is run when the
 * stop has failed or was killed too (systemd.service(5)): machines would stay without a network else.
 */
export const restartUnit = (program: string): Argv => [
  ...([
    "systemd-run",
    "--quiet",
    "--collect",
    "--wait",
    "--service-type=oneshot",
    "--property=KillMode=process",
  ] as const),
  `--property=ExecStopPost=${program} --start`,
  "--",
  program,
  "--stop",
];

/** VMware's DHCP, NAT and bridge programs take some seconds each. */
const patience = 120_000;

/**
 * Has VMware's networks read their file again. They do so only when started, and stopping them pulls the cable of every
 * running VMware machine on this host: not done for our sake while one runs. Networks that are not running read the
 * file when they start.
 */
export async function applyNetworking(
  places: ApplyPlaces,
  force: boolean,
): Promise<"written" | "written-machines-run" | "applied"> {
  if (!(await isRunning(places.program))) return "written";
  if (!force && (await machinesRun(places.proc))) return "written-machines-run";
  const nodes = await openedNodes(places.dev);
  try {
    await mustRun(places.restart(places.program), { timeout: patience });
  } finally {
    await openAgain(nodes);
  }
  return "applied";
}

async function isRunning(program: string): Promise<boolean> {
  if (!(await exists(program, constants.X_OK))) return false;
  return (await run([program, "--status"], { timeout: patience })).code === 0;
}

/** Of any user: each running machine is a process `vmware-vmx`. */
async function machinesRun(proc: string): Promise<boolean> {
  const ids = (await readdir(proc)).filter((name) => /^\d+$/.test(name));
  const names = await Promise.all(ids.map((id) => readFile(join(proc, id, "comm"), "utf8").catch(() => "")));
  return names.some((name) => name.startsWith("vmware-vmx"));
}

type Node = { readonly path: string; readonly mode: number; readonly uid: number; readonly gid: number };

/**
 * Device nodes that an administrator has opened to a group (for promiscuous guests, VMware's article 287): VMware makes
 * them anew at each start, for root alone.
 */
async function openedNodes(dev: string): Promise<readonly Node[]> {
  const names = (await readdir(dev).catch(() => [])).filter((name) => /^vmnet\d+$/.test(name));
  const nodes = await Promise.all(
    names.map(async (name) => {
      const path = join(dev, name);
      const { mode, uid, gid } = await stat(path);
      return { path, mode: mode & 0o777, uid, gid };
    }),
  );
  return nodes.filter(({ mode, uid, gid }) => mode !== 0o600 || uid !== 0 || gid !== 0);
}

async function openAgain(nodes: readonly Node[]): Promise<void> {
  for (const { path, mode, uid, gid } of nodes) {
    if (!(await exists(path, constants.F_OK))) continue;
    await chown(path, uid, gid);
    await chmod(path, mode);
  }
}

function exists(path: string, how: number): Promise<boolean> {
  return access(path, how).then(
    () => true,
    () => false,
  );
}
