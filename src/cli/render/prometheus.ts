import type { Reply } from "../../api/types.ts";

type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number };
type Metric = { readonly name: string; readonly help: string; readonly samples: readonly Sample[] };

/** The state of the host in the text format of Prometheus, for node_exporter's textfile collector. */
export function prometheus(status: Reply<"GetStatus">): string {
  const networks = status.networks.map((network) => ({ network, labels: { network: network.name } }));
  const metrics: readonly Metric[] = [
    {
      name: "tarr_steps_version",
      help: "Version of the service.",
      samples: [{ labels: { version: status.version }, value: 1 }],
    },
    {
      name: "tarr_steps_network_up",
      help: "Whether the network's switch is up.",
      samples: networks.map(({ network, labels }) => ({
        labels: { ...labels, switch: network.switch, reach: network.reach },
        value: network.state === "up" ? 1 : 0,
      })),
    },
    {
      name: "tarr_steps_network_ports",
      help: "Ports on the network.",
      samples: networks.map(({ network, labels }) => ({ labels, value: network.ports })),
    },
    {
      name: "tarr_steps_network_addresses_max",
      help: "The most addresses that the network's DHCP server gives.",
      samples: networks.map(({ network, labels }) => ({ labels, value: network.dhcp.enabled ? network.dhcp.max : 0 })),
    },
    {
      name: "tarr_steps_network_rivals",
      help: "Others on the LAN who use the address of a machine.",
      samples: networks.map(({ network, labels }) => ({ labels, value: network.rivals.length })),
    },
    {
      name: "tarr_steps_pending",
      help: "Whether something is written and not in force.",
      samples: [{ labels: {}, value: status.pending ? 1 : 0 }],
    },
    {
      name: "tarr_steps_problem",
      help: "Whether the document or the host has a problem; tarr-steps status says which.",
      samples: [{ labels: {}, value: status.problem === null ? 0 : 1 }],
    },
  ];
  return metrics.flatMap(lines).join("\n");
}

function lines({ name, help, samples }: Metric): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} gauge`,
    ...samples.map(({ labels, value }) => `${name}${labelText(labels)} ${value}`),
  ];
}

function labelText(labels: Sample["labels"]): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${value.replaceAll(/[\\"\n]/g, "\\$&")}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
