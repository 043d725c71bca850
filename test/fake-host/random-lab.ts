import type { Cidr } from "../../src/model/address.ts";
import { parseDocument } from "../../src/model/document.ts";
import { interfaceName, isPortId, parseMachineName } from "../../src/model/names.ts";
import type { Network } from "../../src/model/network.ts";
import type { Port } from "../../src/model/port.ts";
import { freeHost, interfaceOf, macOf, portKinds } from "../../src/model/port.ts";
import { toState } from "../golden/written.ts";
import type { Seeded } from "../unit/seeded.ts";
import type { Situation } from "./converge.ts";
import { runAll } from "./converge.ts";
import type { FakeLink, FakeState } from "./fake-host.ts";

/** A host without anything of ours: a NIC with the default route, one without, and somebody else's bridge. */
export function bareHost(promotesSecondaries = false): FakeState {
  return toState({
    links: [
      { name: "lo", ethernet: false },
      { name: "eth0", mac: "52:54:00:00:00:01", addresses: ["198.51.100.20/24"] },
      { name: "wlan0", mac: "52:54:00:00:00:02", addresses: ["203.0.113.20/24"], mtu: 1420 },
      { name: "docker0", kind: "bridge", mac: "52:54:00:00:00:03", addresses: ["172.17.0.1/16"] },
    ],
    routes: [{ to: "default", interface: "eth0", metric: 100 }],
    forwarding: ["docker0"],
    promotesSecondaries,
  });
}

const bits = [16, 24, 25, 28] as const;

export function randomNetworks(random: Seeded): readonly Network[] {
  const count = 1 + random.below(3);
  const entries = Array.from({ length: count }, (_, index) => {
    const address = `10.${index}.0.${1 + random.below(5)}/${random.pick(bits)}`;
    // One NIC carries one bridged network.
    const reach = random.pick(["isolated", "nat", "routed", ...(index === 0 ? ["bridged"] : [])]);
    return `  net${index}: {address: ${address}, reach: ${reach}, dhcp: ${random.pick(["on", "off"])}}\n`;
  });
  return parseDocument(`networks:\n${entries.join("")}`).networks;
}

export function randomSituation(random: Seeded): Situation {
  const networks = randomNetworks(random);
  const ports: Port[] = [];
  for (let index = random.below(6); index > 0; index -= 1) ports.push(randomPort(random, networks, ports));
  const stopped = networks.filter(() => random.chance(0.2)).map((network) => network.name);
  return {
    networks,
    ports,
    stopped: new Set(stopped),
    owned: { forwarding: new Set(), promiscuous: new Set(), making: new Set(), joined: new Map() },
  };
}

function randomPort(random: Seeded, networks: readonly Network[], ports: readonly Port[]): Port {
  const network = networks[random.below(networks.length)];
  const id = `port${"abcdefghij".charAt(ports.length)}${random.pick(["a", "b"])}`;
  if (network === undefined || !isPortId(id)) throw new Error(id);
  return {
    id,
    network: network.name,
    name: parseMachineName(`m${ports.length}`),
    kind: random.pick(portKinds),
    interface: interfaceOf(id),
    mac: macOf("qemu", [0, 0, ports.length]),
    host: freeHost(network, ports),
    lan: null,
    owner: 1000 + random.below(2),
    ...(random.chance(0.2) ? { pulled: true } : {}),
    ...(random.chance(0.2) ? { line: { delay: 0, jitter: 0, loss: 100, rate: 1_000_000 * random.below(2) } } : {}),
  };
}

/** What people and other programs do to a host that is not theirs. */
export function disturb(random: Seeded, state: FakeState): void {
  const ours = [...state.links.values()].filter((link) => link.marked);
  const link = ours[random.below(ours.length)];
  if (link === undefined) return;
  const put = (changed: Partial<FakeLink>) => state.links.set(link.name, { ...link, ...changed });
  random.pick<() => unknown>([
    () => runAll(state, [{ kind: "delete-interface", interface: link.name }]),
    () => put({ up: !link.up }),
    () => put({ mtu: 1300 }),
    () => link.kind !== "bridge" && !link.name.endsWith("-peer") && put({ master: null, quiet: false }),
    () => link.kind === "tun" && put({ master: interfaceName("docker0") }),
    () => link.kind === "tun" && put({ tapOwner: 4242 }),
    () => link.kind === "bridge" && put({ addresses: [...link.addresses, stranger] }),
    () => link.kind === "bridge" && put({ addresses: [] }),
    () => link.kind === "tun" && put({ line: "altered" }),
    () => (state.rules = "altered"),
    () => (state.rules = null),
    () => (state.splices = []),
    () => put({ arp: !link.arp }),
    () => state.forwarding.delete(interfaceName("eth0")),
    () => state.forwarding.add(interfaceName("wlan0")),
    () => state.names.clear(),
    () => state.names.forEach((is, network) => state.names.set(network, { ...is, running: false })),
    () => (state.routes = state.routes.map((route) => ({ ...route, interface: interfaceName("wlan0") }))),
  ])();
}

const stranger: Cidr = { address: bareAddress("10.0.0.200"), prefix: 24 };

function bareAddress(text: string): Cidr["address"] {
  const [network] = parseDocument(`networks: {x: {address: ${text}/24}}`).networks;
  if (network === undefined) throw new Error(text);
  return network.address.address;
}
