import type { CommandResult } from "../../src/host/command.ts";
import type { LineOptions, Stage } from "./stage.ts";

/** Where the student keeps machines in a stage; the home of the stage's users is not there. */
export const home = "/mnt/etu";

const image = {
  ...{ format: 2, name: "blank", architecture: process.arch === "arm64" ? "aarch64" : "x86_64" },
  ...{ disk: { file: "disk.qcow2", sha256: "0".repeat(64) }, firmware: ["bios"], tree: null, firstBoot: "none" },
  ...{ user: "root", system: "nothing", memory: 64, built: "2026-01-01T00:00:00Z" },
};

/** A home with an image of nothing: a real QEMU runs it, on a real tap, and no guest is waited for. */
export async function furnishHome(host: Stage): Promise<void> {
  const folder = `${home}/tarr-steps/images/blank`;
  await host.must(`mkdir -p ${folder}; qemu-img create -q -f qcow2 ${folder}/disk.qcow2 16M`);
  await host.must(`cat >${folder}/image.json; chown -R etu: ${home}`, { stdin: JSON.stringify(image) });
  // Nobody gives addresses, so nobody waits for one.
  await host.must("tarr-steps network set lab dhcp=off");
}

/** The command line as the student types it. */
export function type(host: Stage, line: string, options: LineOptions = {}): Promise<CommandResult> {
  const env = { LANG: "C", HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home, ...options.env };
  return host.sh(`cd ${home} && ${line}`, { user: "etu", timeout: 60_000, ...options, env });
}
