import { formatCidr, hostAddress, hostPart, overlaps, subnetOf } from "../model/address.ts";
import { requestedAddress } from "../model/networks.ts";
import type { NetworkName } from "../model/names.ts";
import { firstNetwork, interfaceName } from "../model/names.ts";
import type { Network, Setting, SettingKey } from "../model/network.ts";
import { changeNetwork, rangeSize, usualNetwork } from "../model/network.ts";
import { TarrError } from "../error.ts";
import type { LabMachine, LabNetwork } from "./lab.ts";
import { parseNetwork } from "./names.ts";
import type { Path, Source } from "./place.ts";
import { at } from "./place.ts";
import type { NetworkPart } from "./shape.ts";

/** A network that the lab makes, and what it will be. */
export type Segment = LabNetwork & {
  /** Null when something of it is wrong: then nothing is concluded from it. */
  readonly network: Network | null;
};

const settingKeys = ["address", "range", "max", "dhcp", "domain", "reach"] as const satisfies readonly SettingKey[];

/** @returns null for one whose name is none */
export function parseSegment(source: Source, text: string, part: NetworkPart): Segment | null {
  const path = ["networks", text];
  const name = at({ source }, path, () => parseNetwork(text));
  const { subnet = null } = part;
  const settings = settingKeys.flatMap((key): Setting[] => {
    const value = part[key];
    return value === undefined ? [] : [{ key, value: key === "dhcp" ? onOff(value) : String(value) }];
  });
  const network = tryNetwork({ source, path, name: name ?? firstNetwork }, subnet, settings);
  return name === null ? null : { name, subnet, settings, network };
}

function onOff(value: string | number | boolean): string {
  return typeof value === "boolean" ? (value ? "on" : "off") : String(value);
}

/** Where the subnet is not said, the service finds a free one, as large as this. */
const usualAddress = "192.168.194.1/24";

/** Settings are tried on a network that is never made. */
function tryNetwork(
  { source, path, name }: { readonly source: Source; readonly path: Path; readonly name: NetworkName },
  subnet: string | null,
  settings: readonly Setting[],
): Network | null {
  const said = settings.find(({ key }) => key === "address")?.value ?? null;
  const key = subnet === null ? "address" : "subnet";
  const own =
    subnet === null ? null : at({ source, written: subnet }, [...path, "subnet"], () => requestedAddress(subnet, null));
  const address = at({ source }, [...path, said === null ? key : "address"], () =>
    requestedAddress(own === null ? null : subnet, said),
  );
  const usual = address ?? own ?? requestedAddress(null, usualAddress);
  if (usual === null) return null;
  let network = usualNetwork({ name, switch: interfaceName("vswitch0"), address: usual, owner: null });
  for (const setting of settings.filter((one) => one.key !== "address")) {
    network = at({ source }, [...path, setting.key], () => changeNetwork(network, [setting])) ?? network;
  }
  if (network.reach === "bridged") {
    at({ source }, [...path, "reach"], () => {
      throw new TarrError("bridge-shared-only", { network: name, value: "bridged" });
    });
  }
  return source.isFaulty(path) ? null : network;
}

/** Networks of one file that cannot be beside each other. */
export function refuseTogether(source: Source, segments: readonly Segment[]): void {
  segments.forEach((segment, index) => {
    for (const other of segments.slice(0, index)) compare(source, segment, other);
  });
}

function compare(source: Source, one: Segment, other: Segment): void {
  if (one.network === null || other.network === null) return;
  const path = ["networks", one.name];
  if (isPlaced(one) && isPlaced(other) && overlaps(one.network.address, other.network.address)) {
    const values = { network: other.name, subnet: formatCidr(subnetOf(other.network.address)) };
    const value = one.subnet ?? formatCidr(one.network.address);
    const key = one.subnet === null ? "address" : "subnet";
    source.note([...path, key], { value, cause: { code: "lab-subnet-twice", values } });
  }
  if (one.network.domain === other.network.domain) {
    const value: string = one.network.domain;
    const values = { network: one.name, other: other.name };
    source.note([...path, "domain"], { value, cause: { code: "network-clash", values } });
  }
}

function isPlaced({ subnet, settings }: LabNetwork): boolean {
  return subnet !== null || settings.some(({ key }) => key === "address");
}

/** Host parts that the lab's own networks do not give, and more machines than they hold. */
export function refuseHosts(source: Source, segments: readonly Segment[], machines: readonly LabMachine[]): void {
  const cards = machines.flatMap(({ name, nics }) =>
    nics.map((nic, index) => ({
      ...{ ...nic, path: cardPath(source, name, index), at: hostPath(source, name, index) },
    })),
  );
  for (const { network, name } of segments) {
    const here = cards.filter((one) => one.network === name);
    if (network === null) continue;
    for (const { host, at: place } of here) if (host !== null) refuseHost(source, place, { host, network });
    const most = Math.min(network.max, rangeSize(network.range));
    const first = here[most];
    if (first === undefined) continue;
    const values = {
      capacity: String(most),
      count: String(here.length),
      subnet: formatCidr(subnetOf(network.address)),
    };
    source.note(first.path, { value: name, cause: { code: "lab-network-full", values } });
  }
}

function refuseHost(
  source: Source,
  path: Path,
  { host, network }: { readonly host: number; readonly network: Network },
): void {
  const { address, range, name } = network;
  const [first, last] = [range.first, range.last].map((end) => hostPart(address, end));
  if (first === undefined || last === undefined || (host >= first && host <= last)) return;
  const value = String(host);
  const isSwitch = host === hostPart(address, address.address);
  const values = { network: name, first: String(first), last: String(last), address: hostAddress(address, first) };
  source.note(path, { value, cause: { code: isSwitch ? "lab-host-switch" : "lab-host-outside", values } });
}

/** A card that is not written stands with its machine. */
export function cardPath(source: Source, machine: string, index: number): Path {
  const path = ["machines", machine, "nics", index];
  return source.has(path) ? path : ["machines", machine];
}

export function hostPath(source: Source, machine: string, index: number): Path {
  return [...cardPath(source, machine, index), "host"];
}
