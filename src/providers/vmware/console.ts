import { rm, symlink } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import type { Machine } from "../../model/machine.ts";
import { machineFolder } from "../folders.ts";
import { files, socketPath } from "./machine-file.ts";

/** Where the console's socket is to be made; what an ended machine left there is taken away: it could not be bound. */
export async function placeSocket(machine: Machine): Promise<string> {
  const usual = join(machineFolder(machine.name), files.console);
  const place = consolePlace(machine);
  await rm(usual, { force: true });
  await rm(place, { force: true });
  if (place !== usual) await symlink(place, usual);
  return place;
}

export function consolePlace(machine: Pick<Machine, "name">): string {
  const runtime = process.env["XDG_RUNTIME_DIR"] ?? `/run/user/${process.getuid?.() ?? 0}`;
  return socketPath(machineFolder(machine.name), machine, runtime);
}

/** Types a command into the shell on the console. @returns whether somebody listens there */
export function typePowerOff(machine: Pick<Machine, "name">): Promise<boolean> {
  const place = consolePlace(machine);
  return new Promise((resolve) => {
    const connection = connect({ path: place });
    connection.on("error", () => resolve(false));
    connection.on("connect", () => {
      // A line end before it: whatever was typed and not yet sent is another command.
      connection.end("\rpoweroff\r", () => resolve(true));
    });
  });
}
