import { TarrError } from "../../src/error.ts";
import { formatCidr, sameCidr, subnetOf } from "../../src/model/address.ts";
import type { Cidr } from "../../src/model/address.ts";
import type { InterfaceName } from "../../src/model/names.ts";
import type { Step } from "../../src/plan/step.ts";
import { disciplineOf } from "../../src/host/line/render.ts";
import type { FakeLink, FakeState } from "./fake-host.ts";
import { noNetem } from "./fake-host.ts";
import { forgetLink } from "./fake-splices.ts";

/** Refuses a step with what `ip` prints for it (iproute2 6.1, tried in a network namespace). */
export function refuse(step: Step, said: string): never {
  throw new TarrError("command-failed", { command: step.kind, status: "2", said });
}

const blank = {
  ethernet: true,
  mac: null,
  mtu: 1500,
  up: false,
  master: null,
  addresses: [],
  marked: true,
  tapOwner: null,
  peer: null,
  driven: false,
  quiet: false,
  arp: true,
  promiscuous: false,
  obstacle: null,
  port: null,
  line: null,
} as const;

/** The steps that are lines of `ip -batch`. */
export function runOnLinks(state: FakeState, step: Step): void {
  switch (step.kind) {
    case "create-switch":
      return create(state, step, { ...blank, name: step.interface, kind: "bridge", mac: step.mac });
    case "create-carrier":
    case "create-vmware-port":
      if (state.links.has(step.peer)) refuse(step, "RTNETLINK answers: File exists");
      create(state, step, { ...blank, name: step.interface, kind: "veth", peer: step.peer });
      return create(state, step, {
        ...blank,
        arp: false,
        name: step.peer,
        kind: "veth",
        peer: step.interface,
        up: true,
      });
    case "create-uplink": {
      const end = { ...blank, kind: "veth", arp: false } as const;
      if (state.links.has(step.peer)) refuse(step, "RTNETLINK answers: File exists");
      create(state, step, { ...end, name: step.interface, peer: step.peer });
      return create(state, step, { ...end, name: step.peer, mac: step.mac, peer: step.interface, up: true });
    }
    case "create-tap":
      return create(state, step, { ...blank, name: step.interface, kind: "tun", tapOwner: step.owner });
    case "delete-interface":
      return remove(state, step, find(state, step, step.interface));
    default:
      return change(state, step);
  }
}

function change(state: FakeState, step: Step): void {
  if (!("interface" in step)) throw new Error(`the fake host does not know ${step.kind}`);
  const link = find(state, step, step.interface);
  switch (step.kind) {
    case "mark":
      return put(state, { ...link, marked: true });
    case "set-mac":
      return put(state, { ...link, mac: step.mac });
    case "set-arp":
      return put(state, { ...link, arp: step.on });
    case "set-promiscuous":
      return put(state, { ...link, promiscuous: step.on });
    case "set-mtu":
      if (step.mtu < 68 || step.mtu > 65535) refuse(step, "Error: mtu less than device minimum.");
      return put(state, { ...link, mtu: step.mtu });
    case "set-up":
      // With an interface that goes down its routes go.
      if (!step.up) state.routes = state.routes.filter((one) => one.interface !== link.name || !one.marked);
      return put(state, { ...link, up: step.up });
    case "set-cable":
      return put(state, { ...link, port: step.port, up: step.up });
    case "set-line":
      if (!state.netem && step.line !== null && disciplineOf(step.line) === "netem") throw noNetem();
      return put(state, { ...link, line: step.line });
    case "plug":
      if (find(state, step, step.on).kind !== "bridge") refuse(step, "RTNETLINK answers: Operation not supported");
      if (link.kind === "bridge") refuse(step, "Error: Can not enslave a bridge to a bridge.");
      return put(state, { ...link, master: step.on, quiet: step.carrier });
    case "unplug":
      return put(state, { ...link, master: null, quiet: false });
    case "add-address":
      if (link.addresses.some((one) => sameCidr(one, step.address)))
        refuse(step, "Error: ipv4: Address already assigned.");
      return put(state, { ...link, addresses: [...link.addresses, step.address] });
    case "remove-address":
      return put(state, { ...link, addresses: without(state, step, { link, address: step.address }) });
    default:
      throw new Error(`the fake host does not know ${step.kind}`);
  }
}

function create(state: FakeState, step: Step, link: FakeLink): void {
  if (state.links.has(link.name)) {
    refuse(step, link.kind === "tun" ? "ioctl(TUNSETIFF): Device or resource busy" : "RTNETLINK answers: File exists");
  }
  put(state, link);
}

/** With a bridge its ports become free, with one end of a veth pair goes the other. */
function remove(state: FakeState, step: Step, link: FakeLink): void {
  if (link.kind === "") refuse(step, "RTNETLINK answers: Operation not supported");
  for (const port of [...state.links.values()]) {
    if (port.master === link.name) put(state, { ...port, master: null, quiet: false });
  }
  for (const name of link.peer === null ? [link.name] : [link.name, link.peer]) {
    state.links.delete(name);
    forgetLink(state, name);
    state.forwarding.delete(name);
    state.proxying.delete(name);
    state.proxies = state.proxies.filter((one) => one.interface !== name);
    state.routes = state.routes.filter((one) => one.interface !== name || !one.marked);
  }
}

/** An address's removal takes those of its subnet that came after it along, unless secondaries are promoted. */
function without(state: FakeState, step: Step, what: { link: FakeLink; address: Cidr }): Cidr[] {
  const { link, address } = what;
  const at = link.addresses.findIndex((one) => sameCidr(one, address));
  if (at < 0) refuse(step, "Error: ipv4: Address not found.");
  const sharesSubnet = (one: Cidr) => formatCidr(subnetOf(one)) === formatCidr(subnetOf(address));
  const isPrimary = link.addresses.findIndex(sharesSubnet) === at;
  return link.addresses.filter((one, index) => {
    if (index === at) return false;
    return !(isPrimary && !state.promotesSecondaries && sharesSubnet(one));
  });
}

function find(state: FakeState, step: Step, name: InterfaceName): FakeLink {
  return state.links.get(name) ?? refuse(step, `Cannot find device "${name}"`);
}

function put(state: FakeState, link: FakeLink): void {
  state.links.set(link.name, link);
}
