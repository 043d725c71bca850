import { machineFolder } from "../folders.ts";
import type { CableView } from "../provider.ts";
import { files } from "./argv.ts";
import { runMonitor } from "./monitor.ts";

/**
 * A tap that goes down tells QEMU nothing. Told so itself (qemu-qmp-ref(7), set_link), it takes the carrier of the
 * guest's card away. A machine that does not run is told when it starts.
 */
export const showCable: CableView = async (machine, { id, up }) => {
  const place = { folder: machineFolder(machine.name), socket: files.monitor };
  await runMonitor(place, [{ execute: "set_link", arguments: { name: `tarr-${id}`, up } }]);
};
