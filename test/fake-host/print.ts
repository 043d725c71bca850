import { renderConfiguration, renderReservations } from "../../src/host/dnsmasq/render.ts";
import { paths } from "../../src/host/dnsmasq/paths.ts";
import { renderDiscipline } from "../../src/host/line/render.ts";
import { renderRules } from "../../src/host/nft/render.ts";
import { formatCidr } from "../../src/model/address.ts";
import type { FakeLink, FakeState } from "./fake-host.ts";
import { hasCarrier } from "./fake-host.ts";

/** The host in the words of the tools that would make it so, sorted: two hosts are the same when their texts are. */
export function print(state: FakeState): string {
  const links = [...state.links.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  return [
    ...links.flatMap((link) => linkLines(state, link)),
    ...state.routes.map(
      (route) =>
        `ip route add ${formatCidr(route.to)} dev ${route.interface} ${route.marked ? `src ${route.source ?? "?"}` : `metric ${route.metric}`}`,
    ),
    ...state.proxies.map((one) => `ip neighbour add proxy ${one.address} dev ${one.interface}`).sort(),
    ...[...state.proxying].sort().map((name) => `sysctl net.ipv4.conf.${name}.proxy_arp=1`),
    ...[...state.forwarding].sort().map((name) => `sysctl net.ipv4.conf.${name}.forwarding=1`),
    ...state.splices.map((one) => `tc filter add dev ${one.interface} to ${one.nic} ${one.mac}`).sort(),
    ...ruleLines(state),
    ...nameLines(state),
    "",
  ].join("\n");
}

function linkLines(state: FakeState, link: FakeLink): string[] {
  const words = [
    `ip link add ${link.name}`,
    link.mac === null ? "" : `address ${link.mac}`,
    link.mtu === 1500 ? "" : `mtu ${link.mtu}`,
    link.marked ? "group tarr" : "",
    typeOf(link),
    link.master === null ? "" : `master ${link.master}`,
    link.quiet ? "flood off" : "",
    link.arp ? "" : "arp off",
    link.promiscuous ? "promisc on" : "",
    link.port === null ? "" : `alias ${link.port}`,
    link.up ? "up" : "down",
    hasCarrier(state, link) ? "" : "no-carrier",
  ];
  // Which address of a subnet came first is not printed: undoing a change of address puts the old one last.
  const addresses = link.addresses.map((address) => `ip address add ${formatCidr(address)} dev ${link.name}`).sort();
  const lines = link.line === null ? [] : [lineWords(link)];
  return [words.filter((word) => word !== "").join(" "), ...addresses, ...lines];
}

function lineWords({ name, line }: FakeLink): string {
  return `tc qdisc add dev ${name} ${line === "altered" || line === null ? "altered" : renderDiscipline(line)}`;
}

function typeOf(link: FakeLink): string {
  switch (link.kind) {
    case "":
      return "";
    case "tun":
      return `tap user ${link.tapOwner ?? "any"}`;
    case "veth":
      return `type veth peer ${link.peer ?? "?"}`;
    default:
      return `type ${link.kind}`;
  }
}

function ruleLines({ rules, neighbours }: FakeState): string[] {
  const others = neighbours.map((one) => `nft ${one.table} ${one.chain} ${one.passes ? "lets pass" : "drops"}`);
  return [...others, ...ownRuleLines(rules)];
}

function ownRuleLines(rules: FakeState["rules"]): string[] {
  if (rules === null) return [];
  if (rules === "altered") return ["nft: the table was altered"];
  const rendered = renderRules(rules).text.split("\n");
  return rendered
    .filter((line) => line.startsWith("\t\t") && !line.includes("priority"))
    .map((line) => `nft ${line.trim()}`);
}

/** What people would see served; the lines that are the same for every network are left to the renderer's own test. */
function nameLines(state: FakeState): string[] {
  const services = [...state.names].sort(([one], [other]) => (one < other ? -1 : 1));
  return services.flatMap(([network, { running, service }]) => {
    if (service === null) return [`dnsmasq@${network}: ${running ? "runs with what nobody knows" : "does not run"}`];
    const said = renderConfiguration(service, paths("/run", network)).split("\n");
    const lines = said.filter((line) =>
      /^(interface=|domain=|dhcp-range|dhcp-lease-max|shared-network|dhcp-option|no-resolv)/.test(line),
    );
    const leases = renderReservations(service)
      .trim()
      .split("\n")
      .filter((line) => line !== "");
    const all = [...lines, ...leases.map((line) => `dhcp-host=${line}`)];
    return all.map((line) => `dnsmasq@${network}${running ? "" : " (dead)"}: ${line}`);
  });
}
