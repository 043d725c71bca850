import { existsSync, readFileSync } from "node:fs";
import { run } from "../host/command.ts";
import type { InterfaceName } from "../model/names.ts";
import { isNetworkingFile, networkingPath, unmapped } from "../model/vmware-networking.ts";
import { log } from "./journal.ts";
import type { Publish } from "./names.ts";

const unit = "tarr-steps-vmware.service";
/** systemd refuses a unit that is started too often in ten minutes, and a user may make and delete all day. */
const pause = 60_000;

/**
 * Has VMware told of switches that come and go, where it is installed: soon, and then once a minute at most. It is a
 * convenience of others' files: what goes wrong is logged, and fails nobody.
 */
export function vmwareTeller(tell = startUnit, wait = pause, isMissing = lacksLine): Publish {
  let last: string | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let told = -Infinity;
  const speak = () => {
    timer = null;
    told = performance.now();
    tell().catch((error: unknown) => log("warning", `VMware's networks: ${String(error)}`));
  };
  return ({ networks }) => {
    const switches = networks.map((network) => network.switch);
    const now = switches.join(" ");
    // systemd starts the unit at boot, at the installation and whenever the file changes; but no more once another program
    // has changed the file too often.
    const isNews = last !== null && now !== last;
    last = now;
    if (!isNews && !isMissing(switches)) return;
    timer ??= setTimeout(speak, Math.max(0, told + wait - performance.now()));
  };
}

function lacksLine(switches: readonly InterfaceName[]): boolean {
  let text: string;
  try {
    text = readFileSync(networkingPath, "latin1");
  } catch {
    return false;
  }
  return isNetworkingFile(text) && unmapped(text, switches).length > 0;
}

async function startUnit(): Promise<void> {
  if (!existsSync(networkingPath) || !existsSync("/run/systemd/system")) return;
  const result = await run(["systemctl", "--no-ask-password", "start", unit]);
  if (result.code !== 0) log("warning", `${unit}: ${result.stderr.trim()}`);
}
