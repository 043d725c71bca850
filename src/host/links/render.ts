import { formatCidr } from "../../model/address.ts";
import type { Step, StepOf } from "../../plan/step.ts";
import { linkGroup, routeProtocol } from "../ownership.ts";

const linkKinds = [
  "create-switch",
  "create-carrier",
  "create-vmware-port",
  "create-tap",
  "create-uplink",
  "delete-interface",
  "mark",
  "set-mac",
  "set-mtu",
  "set-up",
  "set-promiscuous",
  "set-arp",
  "plug",
  "unplug",
  "add-address",
  "remove-address",
  "add-host-route",
  "remove-host-route",
  "answer-for",
  "stop-answering",
] as const;
export type LinkStep = StepOf<(typeof linkKinds)[number]>;

export function isLinkStep(step: Step): step is LinkStep {
  return (linkKinds as readonly string[]).includes(step.kind);
}

/**
 * Lines for `ip -batch`. `dev` before every name: ip-link(8) takes `up` or `type` for words of its own otherwise
 * (`ip link add up type bridge` makes a bridge0).
 */
export function renderLinkStep(step: LinkStep): readonly string[] {
  switch (step.kind) {
    case "create-switch":
      // The MAC at once: a bridge without one of its own takes its lowest port's, and changes it as ports come and go.
      return [`link add dev ${step.interface} group ${linkGroup} address ${step.mac} type bridge stp_state 0`];
    case "create-carrier":
    case "create-vmware-port":
      return createPair(step);
    case "create-tap": {
      const owner = step.owner === null ? "" : ` user ${step.owner}`;
      return [`tuntap add dev ${step.interface} mode tap${owner}`, `link set dev ${step.interface} group ${linkGroup}`];
    }
    case "create-uplink":
      return createUplink(step);
    case "set-promiscuous":
      return [`link set dev ${step.interface} promisc ${step.on ? "on" : "off"}`];
    case "set-arp":
      return [`link set dev ${step.interface} arp ${step.on ? "on" : "off"}`];
    case "delete-interface":
      return [`link delete dev ${step.interface}`];
    case "mark":
      return [`link set dev ${step.interface} group ${linkGroup}`];
    case "set-mac":
      return [`link set dev ${step.interface} address ${step.mac}`];
    case "set-mtu":
      return [`link set dev ${step.interface} mtu ${step.mtu}`];
    case "set-up":
      return [`link set dev ${step.interface} ${step.up ? "up" : "down"}`];
    case "plug":
      return plug(step);
    case "unplug":
      return [`link set dev ${step.interface} nomaster`];
    case "add-address":
      return [`address add ${formatCidr(step.address)} brd + dev ${step.interface}`];
    case "remove-address":
      return [`address delete ${formatCidr(step.address)} dev ${step.interface}`];
    case "add-host-route":
      return [`route add ${step.address}/32 dev ${step.interface} proto ${routeProtocol} src ${step.source}`];
    case "remove-host-route":
      return [`route delete ${step.address}/32 dev ${step.interface} proto ${routeProtocol}`];
    case "answer-for":
      return [`neighbour add proxy ${step.address} dev ${step.interface} protocol ${routeProtocol}`];
    case "stop-answering":
      return [`neighbour delete proxy ${step.address} dev ${step.interface}`];
  }
}

/**
 * A veth pair and not a dummy: kernels without the dummy driver exist, a veth is in all of them. Its far end speaks no
 * ARP: it would answer for the host's addresses with a MAC of its own.
 */
function createPair({ interface: name, peer }: StepOf<"create-carrier" | "create-vmware-port">): string[] {
  return [
    `link add dev ${name} group ${linkGroup} type veth peer name ${peer}`,
    `link set dev ${peer} group ${linkGroup}`,
    `link set dev ${peer} arp off`,
    `link set dev ${peer} up`,
  ];
}

/** Neither end is a host's of its own: no ARP, and no IPv6 address that would be told to the LAN. */
function createUplink({ interface: name, peer, mac }: StepOf<"create-uplink">): string[] {
  return [
    `link add dev ${name} group ${linkGroup} type veth peer name ${peer} address ${mac}`,
    `link set dev ${peer} group ${linkGroup}`,
    ...[name, peer].map((end) => `link set dev ${end} arp off addrgenmode none`),
    `link set dev ${peer} up`,
  ];
}

function plug(step: StepOf<"plug">): string[] {
  const lines = [`link set dev ${step.interface} master ${step.on}`];
  // Nobody is behind the carrier's port: frames flooded to it would only cost time.
  if (step.carrier) {
    lines.push(
      `link set dev ${step.interface} type bridge_slave flood off mcast_flood off bcast_flood off learning off`,
    );
  }
  return lines;
}
