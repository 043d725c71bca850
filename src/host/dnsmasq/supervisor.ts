import { existsSync } from "node:fs";
import { readFile, readlink } from "node:fs/promises";
import type { NetworkName } from "../../model/names.ts";
import { mustRun } from "../command.ts";
import { paths } from "./paths.ts";

/** Who keeps a dnsmasq running. It must outlive the service: guests need their DHCP while ours is away. */
export interface Supervisor {
  /** Starts it, or ends the one that runs and starts it anew. */
  restart(network: NetworkName, configuration: string): Promise<void>;
  /** Ends it, if it runs. */
  stop(network: NetworkName): Promise<void>;
}

/** @param folder where the pid files are */
export function chooseSupervisor(folder: string): Supervisor {
  // sd_booted(3)
  return existsSync("/run/systemd/system") ? systemdSupervisor : directSupervisor(folder);
}

function unit(network: NetworkName): string {
  return `tarr-steps-dnsmasq@${network}.service`;
}

const unitFolders = ["/etc/systemd/system", "/run/systemd/system"];

/** The unit of a network's name service that an administrator has masked (systemctl(1)): it starts for nobody. */
export async function maskedUnit(network: NetworkName, folders = unitFolders): Promise<string | null> {
  for (const name of [unit(network), "tarr-steps-dnsmasq@.service"]) {
    const targets = await Promise.all(folders.map((folder) => readlink(`${folder}/${name}`).catch(() => "")));
    if (targets.includes("/dev/null")) return name;
  }
  return null;
}

/** systemd units, which a polkit rule of the package lets our system user start and stop, and no others. */
const systemdSupervisor: Supervisor = {
  async restart(network) {
    await mustRun(["systemctl", "--no-ask-password", "restart", unit(network)]);
  },
  async stop(network) {
    await mustRun(["systemctl", "--no-ask-password", "stop", unit(network)]);
  },
};

/** Without systemd (the demonstration, tests): dnsmasq puts itself in the background. */
function directSupervisor(folder: string): Supervisor {
  const stop = async (network: NetworkName) => {
    const pid = await pidOf(paths(folder, network).pid);
    if (pid === null) return;
    process.kill(pid, "SIGTERM");
    while (await isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  return {
    stop,
    async restart(network, configuration) {
      await stop(network);
      await mustRun(["dnsmasq", `--conf-file=${configuration}`]);
    },
  };
}

async function pidOf(path: string): Promise<number | null> {
  try {
    const pid = Number((await readFile(path, "utf8")).trim());
    const name = await readFile(`/proc/${pid}/comm`, "utf8");
    return name.trim() === "dnsmasq" ? pid : null;
  } catch {
    return null;
  }
}

/**
 * Until a process has closed its sockets its successor finds the port taken. It has when it is gone or a zombie (state
 * Z, proc(5)); its command line goes earlier, and its pid takes signals for longer.
 */
async function isRunning(pid: number): Promise<boolean> {
  try {
    return !/^\d+ \(.*\) [ZX] /.test(await readFile(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
