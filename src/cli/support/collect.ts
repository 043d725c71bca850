import { readFile } from "node:fs/promises";
import * as v from "valibot";
import type { WireNetwork, WirePort } from "../../api/types.ts";
import type { Argv } from "../../host/command.ts";
import { run } from "../../host/command.ts";
import { documentPath } from "../../model/document.ts";
import { doctor } from "../commands/doctor.ts";
import { plan } from "../commands/plan.ts";
import { status } from "../commands/status.ts";
import type { Context, Run } from "../command.ts";
import { renderError } from "../render/error.ts";
import type { Tellable } from "./redact.ts";
import { redactor, withoutComments } from "./redact.ts";

/** Programs whose versions tell how a host behaves, as dpkg's patterns. */
const packages = [
  ...[
    "tarr-steps",
    "systemd",
    "iproute2",
    "nftables",
    "dnsmasq-base",
    "polkitd",
    "network-manager",
    "systemd-resolved",
  ],
  ...["ifupdown", "ufw", "firewalld", "iptables", "docker*", "libvirt-daemon*", "incus*"],
  ...["qemu-system-*", "lxc", "uidmap", "virtualbox*", "vmware*"],
];
const units = ["tarr-stepsd", "tarr-steps-names", "tarr-steps-usernet", "tarr-steps-vmware", "tarr-steps-dnsmasq@*"];
const journalLines = "500";
const patience = 15_000;

type Section = { readonly title: string; readonly text: string };

/** All that a report of a bug needs, as one text, with what is nobody else's business taken out. */
export async function supportText(context: Context): Promise<string> {
  const networks = await context.call("GetStatus", {}).then(
    (reply) => reply.networks,
    () => [],
  );
  const ports = await context.call("ListPorts", {}).then(
    (reply) => reply.ports,
    () => [],
  );
  const redact = redactor(await tellable(networks, ports));
  const sections = [
    ...(await versions()),
    { title: documentPath, text: await documentText() },
    ...(await answers(context, ports)),
    ...(await hostSections(networks)),
  ];
  return sections.map(({ title, text }) => `== ${title}\n${redact(text).trim()}\n`).join("\n");
}

const addressShape = v.array(
  v.object({
    ifname: v.optional(v.string()),
    address: v.optional(v.string()),
    addr_info: v.optional(v.array(v.object({ local: v.optional(v.string()) }))),
    gateway: v.optional(v.string()),
  }),
);
type Entry = v.InferOutput<typeof addressShape>[number];

async function tellable(networks: readonly WireNetwork[], ports: readonly WirePort[]): Promise<Tellable> {
  const uid = process.getuid?.() ?? -1;
  const own = ports.filter((port) => port.uid === uid);
  const foreign = ports.filter((port) => port.uid !== uid);
  const [links, routes] = await Promise.all([
    entries(["ip", "-json", "-4", "address"]),
    entries(["ip", "-json", "-4", "route"]),
  ]);
  const devices = (await entries(["ip", "-json", "link"])).filter(({ ifname }) =>
    /^(?:vswitch|carrier|uplink)\d|^tap0$/.test(ifname ?? ""),
  );
  const addresses = [
    ...links.flatMap(({ addr_info }) => (addr_info ?? []).map(({ local }) => local ?? "")),
    ...routes.map(({ gateway }) => gateway ?? ""),
    ...networks.flatMap(({ address, dhcp }) => [address.split("/")[0] ?? "", dhcp.first, dhcp.last]),
    ...own.flatMap(({ address, reserved }) => [address ?? "", reserved]),
  ];
  return {
    addresses: new Set(addresses),
    macs: new Set([...devices.map(({ address }) => address ?? ""), ...own.map(({ mac }) => mac)]),
    foreignNames: new Set(
      foreign.flatMap(({ name, fqdn, owner }) => [name, fqdn, owner]).filter((name) => !isOwn(name, own)),
    ),
    uid,
  };
}

function isOwn(name: string, own: readonly WirePort[]): boolean {
  return own.some((port) => [port.name, port.fqdn, port.owner].includes(name));
}

async function entries(argv: Argv): Promise<readonly Entry[]> {
  const printed = await said(argv);
  try {
    return v.parse(addressShape, JSON.parse(printed));
  } catch {
    return [];
  }
}

/** What a program prints, or why it does not. */
async function said(argv: Argv): Promise<string> {
  try {
    const { code, stdout, stderr } = await run(argv, { timeout: patience });
    return code === 0 ? stdout : `${stdout}(${argv[0]}: ${code}) ${stderr}`;
  } catch (error) {
    return `(${argv[0]}: ${error instanceof Error ? error.message : String(error)})`;
  }
}

async function versions(): Promise<readonly Section[]> {
  const [system, kernel, inside, installed] = await Promise.all([
    readFile("/etc/os-release", "utf8").catch(String),
    said(["uname", "-srvm"]),
    said(["systemd-detect-virt"]),
    run(["dpkg-query", "-W", "-f", "${binary:Package} ${Version} ${db:Status-Abbrev}\n", ...packages]).then(
      ({ stdout }) => stdout.split("\n").filter((line) => / ii? *$/.test(line)),
      (error: unknown) => [String(error)],
    ),
  ]);
  const name = /^PRETTY_NAME="?([^"\n]*)/m.exec(system)?.[1] ?? system;
  return [
    { title: "host", text: [name, kernel.trim(), `systemd-detect-virt: ${inside.trim()}`].join("\n") },
    { title: "packages", text: installed.join("\n") },
  ];
}

async function documentText(): Promise<string> {
  const text = await readFile(documentPath, "utf8").catch((error: unknown) => `(${String(error)})`);
  return withoutComments(text);
}

/** What our own commands say, and the ports: the user's own whole, of the others' how many there are. */
async function answers(context: Context, ports: readonly WirePort[]): Promise<readonly Section[]> {
  const uid = process.getuid?.() ?? -1;
  const own = ports.filter((port) => port.uid === uid);
  const counted = { own, ofOthers: ports.length - own.length };
  return [
    { title: "tarr-steps --version", text: `tarr-steps ${context.version}` },
    { title: "tarr-steps status --json", text: await printed(status, context) },
    { title: "tarr-steps port list --json", text: JSON.stringify(counted, null, 1) },
    { title: "tarr-steps plan --json", text: await printed(plan, context) },
    { title: "tarr-steps doctor --json", text: await printed(doctor, context) },
  ];
}

async function printed(command: Run, context: Context): Promise<string> {
  const lines: string[] = [];
  const quiet = { ...context, json: true, language: "en" as const, flag: () => false, note: () => undefined };
  try {
    await command({ ...quiet, print: (line) => lines.push(line) });
  } catch (error) {
    return (await renderError(error, { language: "en", json: true })).text;
  }
  return lines.map((line) => JSON.stringify(JSON.parse(line), null, 1)).join("\n");
}

async function hostSections(networks: readonly WireNetwork[]): Promise<readonly Section[]> {
  const journal = ["journalctl", "--no-pager", "--no-hostname", "-o", "short-iso", "-b", "-n", journalLines] as const;
  const commands: readonly Argv[] = [
    ["systemctl", "--no-pager", "--all", "list-units", "tarr-steps*"],
    ...networks.map((one): Argv => ["ip", "-details", "address", "show", "dev", one.switch]),
    ...networks.map((one): Argv => ["ip", "-details", "link", "show", "master", one.switch]),
    ["ip", "-4", "route"],
    ["ip", "-4", "rule"],
    ...(["inet", "bridge", "netdev"] as const).map((family): Argv => ["nft", "list", "table", family, "tarr_steps"]),
    ["sysctl", "net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding", "net.ipv4.conf.all.rp_filter"],
    [...journal, ...units.flatMap((unit) => ["-u", unit])],
  ];
  return Promise.all(commands.map(async (argv) => ({ title: argv.join(" "), text: await said(argv) })));
}
