/** A host with machines of all kinds at once, VMware's by the double of its module. */
import type { WirePort } from "../../../src/api/types.ts";
import { lanScript, mate } from "../bridged-lan.ts";
import { Guest } from "../guest.ts";
import { lan } from "../host-script.ts";
import { Stage } from "../stage.ts";
import type { Hook, Spot } from "./doubles.ts";
import { hook, serveTraffic, virtio } from "./doubles.ts";

/** Workstation's file, as far as the service looks: it is set up. */
export const workstation = String.raw`mkdir -p /etc/vmware
printf 'VERSION=1,0\nadd_bridge_mapping vmware0 200\n' >/etc/vmware/networking`;

/** The port that the service makes for VMware. */
export const ownPort: Hook = { mapped: "vmware0", inject: "vmware0-peer" };

/**
 * The switch itself, as 0.2.0 mapped it. What guests send enters by a port that the rules take for a container's, since
 * none of them saw these frames then.
 */
export const theSwitch: Hook = { mapped: "vswitch0", inject: "hole" };
/** Lines that make it. */
export const hole = `ip link add veth3001_hole type veth peer name hole; ip link set hole up
  ip link set veth3001_hole master vswitch0 up; ip link set veth3001_hole type bridge_slave learning off`;

const kinds = { box: "lxc", vm: "qemu", one: "vmware", two: "vmware" } as const;
export const names = ["box", "vm", "one", "two"] as const;
type Of<T> = Readonly<Record<(typeof names)[number], T>>;

export type Scene = {
  readonly stage: Stage;
  readonly guests: Of<Guest>;
  readonly macs: Of<string>;
  readonly addresses: Of<string>;
  readonly spots: readonly Spot[];
};

/** @param reach `nat`, or `bridged` onto the LAN of bridged-lan.ts, whose mate is the peer then */
export async function openScene(reach: "nat" | "bridged", by: Hook): Promise<Scene> {
  const stage = await openStage(reach, by);
  const ports = await createPorts(stage);
  const box = await Guest.plug(stage, "box", { mac: ports.box.mac, device: "veth3001_box" });
  const vm = await virtio(stage, "vm", ports.vm);
  const [one, two] = await hook(
    stage,
    by,
    (["one", "two"] as const).map((name) => ({ name, mac: ports[name].mac })),
  );
  if (one === undefined || two === undefined) throw new Error("no guests");
  const guests = { box, vm, one, two };
  const addresses = { box: "", vm: "", one: "", two: "" };
  for (const name of names) {
    const { address, said } = await guests[name].dhcp();
    if (address === "") throw new Error(`${name} has no address: ${said}`);
    addresses[name] = address;
  }
  const spots = [...outside[reach], ...names.map((name): Spot => ({ name, at: name, address: addresses[name] }))];
  await serveTraffic(stage, spots);
  const macs = { box: ports.box.mac, vm: ports.vm.mac, one: ports.one.mac, two: ports.two.mac };
  return { stage, guests, macs, addresses, spots };
}

const outside: Readonly<Record<"nat" | "bridged", readonly Spot[]>> = {
  nat: [
    { name: "host", address: "192.168.194.1", onLan: lan.host },
    { name: "peer", at: "peer", address: lan.peer },
  ],
  bridged: [
    { name: "host", address: lan.host },
    { name: "peer", at: "mate", address: mate },
  ],
};

async function openStage(reach: "nat" | "bridged", by: Hook): Promise<Stage> {
  // A wire carries no open checksums.
  const wire = [
    ["mate", "eth0"],
    ["peer", "br0"],
  ].map(([at = "", device = ""]) => `ip netns exec ${at} ethtool -K ${device} tx off >/dev/null`);
  const route = `ip -n peer route add 192.168.194.0/24 via ${lan.host}`;
  const segment = reach === "nat" ? [route] : [lanScript, ...wire];
  const stage = await Stage.open({ before: [...(by === ownPort ? [workstation] : []), ...segment].join("\n") });
  if (reach === "bridged") {
    for (const words of [["network", "set", "lab", "reach=bridged"], ["confirm"]]) {
      const { code, stderr } = await stage.cli(words, { timeout: 60_000 });
      if (code !== 0) throw new Error(`${words.join(" ")}: ${stderr}`);
    }
  }
  if (by === theSwitch) await stage.must(hole);
  return stage;
}

async function createPorts(stage: Stage): Promise<Of<WirePort>> {
  const create = async (name: (typeof names)[number]) =>
    (await stage.as("etu", "CreatePort", { network: "lab", name, kind: kinds[name] })).port;
  return { box: await create("box"), vm: await create("vm"), one: await create("one"), two: await create("two") };
}
