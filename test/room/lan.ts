/** The segment that hosts and peers share: a bridge in a namespace that is also the router of two documentation ranges. */
import { mkdir, writeFile } from "node:fs/promises";
import { mustRun } from "../../src/host/command.ts";
import { removeNamespace } from "./remains.ts";

/** 198.51.100.0/24 is the LAN; 203.0.113.0/24 stands for the rest of the world, reached through the router. */
const routers = ["198.51.100.1/24", "203.0.113.1/24"];

export type Plug = {
  readonly namespace: string;
  /** With its prefix length: "198.51.100.10/24". */
  readonly address: string;
  /** Names the bridge's end of the cable and makes the MAC address, which thus survives a reboot. */
  readonly port: number;
};

export class Lan {
  readonly namespace: string;

  constructor(namespace: string) {
    this.namespace = namespace;
  }

  /** No link leads from here to the machine, so nothing that is sent in here leaves it. */
  async create(): Promise<void> {
    await makeNamespace(this.namespace, 1);
    const addresses = routers.map((router) => `address add ${router} dev lan`);
    await ip(this.namespace, ["link add lan type bridge", "link set lan up", ...addresses]);
  }

  /** Makes a namespace, with nothing in it but an `eth0` on the LAN and a route to the router. */
  async plug({ namespace, address, port }: Plug): Promise<void> {
    await makeNamespace(namespace, 0);
    const mac = `02:54:52:00:00:${port.toString(16).padStart(2, "0")}`;
    const cable = `link add port${port} type veth peer name eth0 address ${mac} netns ${namespace}`;
    await ip(this.namespace, [cable, `link set port${port} master lan up`]);
    const router = address.replace(/\.\d+\/.*/, ".1");
    const route = router === bare(address) ? [] : [`route add default via ${router}`];
    await ip(namespace, [`address add ${address} dev eth0`, "link set eth0 up", ...route]);
  }

  /** The cable first: a namespace is torn down some time after its name is gone, and the port would stay until then. */
  async unplug({ namespace, port }: Plug): Promise<void> {
    await ip(this.namespace, [`link delete port${port}`]);
    await removeNamespace(namespace);
  }
}

/** An address without its prefix length. */
export function bare(address: string): string {
  return address.replace(/\/.*/, "");
}

/** A new namespace copies `ip_forward` from the machine, where a container engine may have set it: so it is said here. */
async function makeNamespace(name: string, forward: 0 | 1): Promise<void> {
  await mkdir(`/etc/netns/${name}`, { recursive: true });
  await writeFile(`/etc/netns/${name}/resolv.conf`, "");
  await mustRun(["ip", "netns", "add", name]);
  await ip(name, ["link set lo up"]);
  const settings = [`net.ipv4.ip_forward=${forward}`, "net.ipv4.conf.all.send_redirects=0"];
  await mustRun(["ip", "netns", "exec", name, "sysctl", "--quiet", "--write", ...settings]);
}

async function ip(namespace: string, lines: readonly string[]): Promise<void> {
  await mustRun(["ip", "-n", namespace, "-batch", "-"], { stdin: lines.join("\n") + "\n" });
}
