/** What segment.ts runs in a member of a LAN segment: the parts that speak to the wire, each by a word of its own. */
import { createInterface } from "node:readline";
import { lanLeases } from "../../src/daemon/lan-leases.ts";
import { lanDhcp } from "../../src/daemon/lan-segment.ts";
import { guardAddresses } from "../../src/host/arp/guard.ts";
import { announce, probeOwners } from "../../src/host/arp/probe.ts";
import type { LanLease } from "../../src/host/lan-dhcp/client.ts";
import { acquireLease, releaseLease, renewLease } from "../../src/host/lan-dhcp/client.ts";
import { parseIpv4, parseSwitchAddress, subnetOf } from "../../src/model/address.ts";
import type { Mac } from "../../src/model/names.ts";
import { interfaceName, isMac, isPortId, parseMachineName, parseNetworkName } from "../../src/model/names.ts";
import type { Port } from "../../src/model/port.ts";
import { interfaceOf } from "../../src/model/port.ts";
import { udpPortFilter } from "../../src/runtime/packet-filter.ts";
import { openPacketSocket } from "../../src/runtime/packet-socket.ts";
import { TarrError } from "../../src/error.ts";

const [what = "", on = "", ...words] = process.argv.slice(2);

function tell(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function mac(text = ""): Mac {
  if (!isMac(text)) throw new Error(`no MAC: ${text}`);
  return text;
}

const addresses = (text = "") => (text === "" ? [] : text.split(",").map(parseIpv4));

/** Calls with each line of standard input, until it ends. */
async function onLines(take: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) take(line);
}

const programs: Record<string, () => Promise<void>> = {
  /** eth0 arp|dhcp|all: the length of each frame, and whether it went out; lines of hexadecimal digits are sent. */
  async frames() {
    const types = { arp: 0x0806, dhcp: "all", all: "all" } as const;
    const type = types[words[0] as keyof typeof types];
    const filter = words[0] === "dhcp" ? { filter: udpPortFilter(68) } : {};
    const onFrame = (frame: Uint8Array, outgoing: boolean) =>
      tell({ length: frame.length, outgoing, type: Buffer.from(frame.subarray(12, 14)).toString("hex") });
    const socket = openPacketSocket({ interface: on, etherType: type, onFrame, ...filter });
    tell("ready");
    await onLines((line) => {
      if (line === "open?") tell({ open: socket.isOpen() });
      else if (line === "time") tell({ cpu: process.cpuUsage() });
      else tell({ sent: socket.send(Uint8Array.from(Buffer.from(line, "hex"))) });
    });
    socket.close();
  },
  /** eth0 MAC A,B: who has these addresses. */
  async owners() {
    const begun = performance.now();
    const owners = await probeOwners({
      interface: interfaceName(on),
      mac: mac(words[0]),
      addresses: addresses(words[1]),
    });
    tell({ owners: Object.fromEntries(owners), milliseconds: Math.round(performance.now() - begun) });
  },
  /** eth0 MAC A,B */
  async announce() {
    await announce({ interface: interfaceName(on), mac: mac(words[0]), addresses: addresses(words[1]) });
    tell("done");
  },
  /** eth0 MAC A,B: conflicts as they change; `set A,B` and `announce` are taken. */
  async guard() {
    const guard = guardAddresses({
      interface: interfaceName(on),
      mac: mac(words[0]),
      addresses: addresses(words[1]),
      onChange: (conflicts) => tell(Object.fromEntries(conflicts)),
    });
    tell("ready");
    await onLines((line) => {
      const [verb, argument] = line.split(" ");
      if (verb === "set") guard.set(addresses(argument));
      else guard.announce();
    });
    guard.close();
  },
  /** eth0 MAC SUBNET acquire|renew|rebind|release JSON: with the LAN's DHCP server. */
  async lease() {
    const [card, subnet = "", verb, json = "{}"] = words;
    const { name = "web", machine, taken = [], before, lease } = JSON.parse(json) as Asked;
    const place = { interface: interfaceName(on), mac: mac(card), subnet: parseSwitchAddress(subnet) };
    const who = { mac: mac(machine), name: parseMachineName(name) };
    const begun = performance.now();
    if (verb === "acquire") {
      const wants = before === undefined ? {} : { before: parseIpv4(before) };
      const got = await acquireLease(place, who, { taken: new Set(taken.map(parseIpv4)), patience: 6_000, ...wants });
      return tell({ lease: got, milliseconds: Math.round(performance.now() - begun) });
    }
    if (lease === undefined) throw new Error("no lease");
    if (verb === "release") return tell(releaseLease(place, who, lease) ?? "released");
    tell(await renewLease({ place, machine: who, everybody: verb === "rebind" }, lease));
  },
  /** eth0 MAC SUBNET FOLDER PORTS: keeps leases as the service does; `lease PORTS`, `retain PORTS`, `recheck` are taken. */
  async keep() {
    const [, subnet = "", folder = "", list = ""] = words;
    const host = parseSwitchAddress(subnet);
    const place = { uplink: interfaceName(on), host: host.address, subnet: subnetOf(host) };
    const folders = { state: folder, runtime: folder, document: `${folder}/document` };
    const leases = lanLeases({ folders, dhcp: lanDhcp, onChange: () => tell("changed") });
    const lease = async (names = "") => {
      const got = await leases
        .lease(place, names.split(",").map(portNamed), () => true)
        .catch((error: unknown) => error);
      tell(got instanceof Map ? Object.fromEntries(got) : { error: got instanceof TarrError ? got.code : String(got) });
    };
    tell("ready");
    await lease(list);
    await onLines((line) => {
      const [verb, argument] = line.split(" ");
      if (verb === "recheck") leases.recheck();
      else if (verb === "retain") void leases.retain(new Set(argument?.split(",").map((name) => portNamed(name).id)));
      else void lease(argument);
    });
    leases.close();
  },
};

/** A port whose id, MAC and name are made of one letter. */
function portNamed(letter: string): Port {
  const id = letter.repeat(6);
  if (!isPortId(id)) throw new Error(letter);
  const code = letter.charCodeAt(0).toString(16);
  const [network, name] = [parseNetworkName("lab"), parseMachineName(`vm-${letter}`)];
  const fixed = { network, name, kind: "qemu", interface: interfaceOf(id), host: 10, lan: null, owner: 1000 } as const;
  return { ...fixed, id, mac: mac(`52:54:00:00:00:${code}`) };
}

/** What `lease` is told. */
type Asked = {
  readonly machine: string;
  readonly name?: string;
  readonly taken?: string[];
  readonly before?: string;
  readonly lease?: LanLease;
};

try {
  await programs[what]?.();
} catch (error) {
  tell(error instanceof TarrError ? { error: error.code, values: error.values } : { error: String(error) });
}
