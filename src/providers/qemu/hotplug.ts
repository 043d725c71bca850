import * as v from "valibot";
import type { Plug } from "../../model/machine.ts";
import { providerProblem } from "../absent.ts";
import type { MonitorCommand, MonitorPlace } from "./monitor.ts";
import { runMonitor } from "./monitor.ts";

/** How long a guest may take to let go of a device. */
const releasePatience = 10_000;

/** Gives a running QEMU a network card on a port (qemu-qmp-ref(7)). @throws TarrError `provider-problem` */
export async function addNic(place: MonitorPlace, port: Plug): Promise<void> {
  const backend = { type: "tap", id: netdevOf(port.id), ifname: port.interface, script: "no", downscript: "no" };
  const card = {
    ...{ driver: "virtio-net-pci", id: deviceOf(port.id), netdev: netdevOf(port.id), mac: port.mac },
    ...(await freeSlot(place)),
  };
  const answers = await runMonitor(place, [
    { execute: "netdev_add", arguments: backend },
    { execute: "device_add", arguments: card },
  ]);
  const refused = answers?.find(({ error }) => error !== null)?.error;
  if (answers?.length === 2 && refused === undefined) return;
  await runMonitor(place, [removal("netdev_del", netdevOf(port.id))]);
  const problem = refused?.includes("hotplug") === true || refused?.includes("slot") === true ? "no-slot" : "refused";
  throw providerProblem("qemu", problem, { said: refused ?? "QMP" });
}

const busesShape = v.array(
  v.object({
    devices: v.array(
      v.object({
        qdev_id: v.string(),
        pci_bridge: v.optional(v.object({ devices: v.optional(v.array(v.unknown()), []) })),
      }),
    ),
  }),
);

/** A machine of type q35 takes cards while it runs only behind a root port of its own that is empty. */
async function freeSlot(place: MonitorPlace): Promise<{ readonly bus?: string }> {
  const [answer] = (await runMonitor(place, [{ execute: "query-pci" }])) ?? [];
  const buses = v.safeParse(busesShape, answer?.value);
  if (!buses.success) return {};
  const bridge = buses.output
    .flatMap(({ devices }) => devices)
    .find(({ qdev_id: id, pci_bridge: behind }) => id !== "" && behind?.devices.length === 0);
  return bridge === undefined ? {} : { bus: bridge.qdev_id };
}

/** Takes the card away again: the guest has to let go of it first. @throws TarrError `provider-problem` */
export async function removeNic(place: MonitorPlace, id: string): Promise<void> {
  await runMonitor(place, [removal("device_del", deviceOf(id))]);
  const deadline = performance.now() + releasePatience;
  while (await isThere(place, deviceOf(id))) {
    if (performance.now() > deadline) throw providerProblem("qemu", "not-released");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await runMonitor(place, [removal("netdev_del", netdevOf(id))]);
}

async function isThere(place: MonitorPlace, device: string): Promise<boolean> {
  const path = { path: `/machine/peripheral/${device}` };
  const answers = await runMonitor(place, [{ execute: "qom-list", arguments: path }]);
  return answers?.[0]?.error === null;
}

const netdevOf = (id: string) => `tarr-${id}`;
const deviceOf = (id: string) => `tarr-nic-${id}`;

function removal(execute: string, id: string): MonitorCommand {
  return { execute, arguments: { id } };
}
