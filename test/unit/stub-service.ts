import { spyOn } from "bun:test";
import type { Call } from "../../src/api/client.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "../../src/cli/command.ts";
import { client } from "../../src/api/client.ts";
import { say } from "../../src/messages/messages.ts";
import { qemuProvider } from "../../src/providers/qemu/provider.ts";

type Asked = { readonly method: string; readonly parameters: Readonly<Record<string, unknown>> };

type StubPort = {
  readonly network: string;
  readonly name: string;
  readonly uid: number;
  readonly mac?: string;
  readonly state?: string;
};

/**
 * A service that keeps ports and names of networks, on a socket of its own, and a home for what commands write; on a
 * computer that has QEMU, whatever the one of this test has.
 */
export type Stub = {
  readonly folder: string;
  readonly calls: string[];
  readonly ports: Map<string, StubPort>;
  /** Whether a port gets the MAC that is asked for; all have one and the same otherwise. */
  readonly macs: { asked: boolean };
  readonly networks: string[];
  readonly rights: { mayAdminister: boolean };
  /** How it answers who wants a network of that name. */
  readonly refusals: Map<string, { readonly code: string; readonly values: Readonly<Record<string, string>> }>;
  /** What it says beforehand that it would refuse, by the network's name. */
  readonly foreseen: Stub["refusals"];
  readonly context: (typed?: Readonly<Record<string, string>>) => Context;
  readonly close: () => void;
};

export async function stubService(): Promise<Stub> {
  const folder = mkdtempSync(join(tmpdir(), "tarr-steps-stub-"));
  const before = process.env["XDG_DATA_HOME"];
  process.env["XDG_DATA_HOME"] = folder;
  const qemu = spyOn(qemuProvider, "available").mockResolvedValue({ usable: true, acceleration: "hardware" });
  const calls: string[] = [];
  const ports: Stub["ports"] = new Map();
  const networks: Stub["networks"] = [];
  const refusals: Stub["refusals"] = new Map();
  const foreseen: Stub["refusals"] = new Map();
  const macs = { asked: false };
  const rights = { mayAdminister: false };
  const kept = { calls, ports, macs, networks, rights, refusals, foreseen };
  const server = createServer((socket) => {
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes.toString("utf8");
      if (!text.endsWith("\0")) return;
      const asked = JSON.parse(text.slice(0, -1)) as Asked;
      socket.end(`${JSON.stringify(answer(asked, kept))}\0`);
    });
  });
  const path = join(folder, "socket");
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    ...{ folder, ...kept },
    context: (typed = {}) => contextOf(path, typed),
    close: () => {
      qemu.mockRestore();
      server.close();
      if (before === undefined) delete process.env["XDG_DATA_HOME"];
      else process.env["XDG_DATA_HOME"] = before;
      rmSync(folder, { recursive: true });
    },
  };
}

type Kept = Pick<Stub, "calls" | "ports" | "macs" | "networks" | "rights" | "refusals" | "foreseen">;

function answer(asked: Asked, kept: Kept): object {
  const refusal = asked.method.endsWith(".CreateNetwork")
    ? kept.refusals.get(networkIn(asked))
    : nameTaken(asked, kept);
  if (refusal === undefined) return { parameters: reply(asked, kept) };
  return { error: "io.tarrsteps.BadValue", parameters: { ...refusal, message: "", hint: "" } };
}

function nameTaken(asked: Asked, { ports }: Kept) {
  if (!asked.method.endsWith(".CreatePort")) return undefined;
  const [network, name] = [networkIn(asked), String(asked.parameters["name"])];
  const isTaken = [...ports.values()].some((port) => port.network === network && port.name === name);
  return isTaken ? { code: "name-taken", values: { name, network } } : undefined;
}

const networkIn = ({ parameters }: Asked) => String(parameters["network"]);

/** What it would refuse of a request. */
function refusedOf(parameters: Asked["parameters"], refusals: Stub["refusals"]): readonly object[] {
  const networks = parameters["networks"] as readonly { readonly network: string }[];
  return networks.flatMap(({ network }, index) => {
    const refusal = refusals.get(network);
    return refusal === undefined ? [] : [{ of: "network", index, ...refusal, message: "", hint: "" }];
  });
}

function reply({ method, parameters }: Asked, { calls, ports, macs, networks, rights, foreseen }: Kept): object {
  const short = method.slice("io.tarrsteps.".length);
  calls.push(short);
  const wire = ([id, { network, name, uid, mac = "52:54:00:12:34:56", state = "down" }]: [string, StubPort]) => ({
    ...{ id, network, name, fqdn: `${name}.${network}`, kind: "qemu", interface: `ts${id}`, switch: "vswitch0" },
    ...{ mac, address: null, reserved: "", owner: "etu", uid, state, leased: null },
    ...{ cable: "in", line: [] },
  });
  if (short === "CreatePort") {
    const id = `abc${222 + ports.size}`;
    ports.set(id, {
      network: String(parameters["network"]),
      name: String(parameters["name"]),
      uid: process.getuid?.() ?? 0,
      ...(macs.asked && typeof parameters["mac"] === "string" ? { mac: parameters["mac"] } : {}),
    });
  }
  if (short === "DeletePort") ports.delete(String(parameters["id"]));
  const all = [...ports].map(wire);
  if (short === "CreateNetwork") {
    networks.push(networkIn({ method, parameters }));
    return { network: wireNetwork(networkIn({ method, parameters })), steps: [] };
  }
  if (short === "DeleteNetwork") {
    networks.splice(networks.indexOf(networkIn({ method, parameters })), 1);
    return { steps: [] };
  }
  if (short === "GetStatus") return { version: "0", computer: "", networks: networks.map(wireNetwork), pending: false };
  if (short === "GetRights") return { user: "me", mayUse: true, ...rights, use: [] };
  if (short === "ListNetworks") return { networks };
  if (short === "Foresee") return { refusals: refusedOf(parameters, foreseen) };
  return short === "ListPorts" ? { ports: all } : short === "CreatePort" ? { port: all.at(-1) } : {};
}

function wireNetwork(name: string): object {
  return {
    ...{ name, switch: "vswitch1", address: "192.168.195.1/24", reach: "nat", wanted: "auto", why: "", rivals: [] },
    ...{ state: "up", domain: `${name}.internal`, ports: 0, pending: false, owner: "etu", uid: 1000, changes: [] },
    dhcp: { enabled: true, first: "192.168.195.10", last: "192.168.195.250", max: 241 },
  };
}

function contextOf(path: string, typed: Readonly<Record<string, string>>): Context {
  return {
    language: "en",
    version: "0",
    say: (key, values) => say("en", key, values),
    argument: (name) => typed[name] ?? "",
    rest: [],
    option: (name) => typed[name],
    values: () => [],
    flag: () => false,
    json: false,
    call: client(path),
    print: () => undefined,
    note: () => undefined,
  };
}

/** Nobody gives addresses, so nobody waits for one. */
export const withoutDhcp =
  (call: Call): Call =>
  async (...asked) => {
    const reply = await call(...asked);
    const { networks } = reply as { networks?: readonly { dhcp: object }[] };
    if (networks === undefined) return reply;
    return { ...reply, networks: networks.map((one) => ({ ...one, dhcp: { ...one.dhcp, enabled: false } })) };
  };
