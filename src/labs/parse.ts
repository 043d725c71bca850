import { basename } from "node:path";
import { TarrError } from "../error.ts";
import { parseSubnet, parseSwitchAddress } from "../model/address.ts";
import type { FirstBoot, ProviderName } from "../model/machine.ts";
import { providerNames } from "../model/machine.ts";
import type { MachineName, NetworkName } from "../model/names.ts";
import { firstNetwork, lostKeys, parseMachineName, parseNetworkName, printable } from "../model/names.ts";
import type { Setting, SettingKey } from "../model/network.ts";
import { changeNetwork, usualNetwork } from "../model/network.ts";
import { interfaceName } from "../model/names.ts";
import type { Lab, LabMachine, LabNetwork, LabNic } from "./lab.ts";
import { parseCheck } from "./checks.ts";
import type { ReadBeside } from "./parts.ts";
import { parseFile, shaped } from "./parts.ts";
import { at, readSource, wrongAt } from "./place.ts";
import type { Source } from "./place.ts";
import { refuseCycles } from "./order.ts";
import type { MachinePart, NetworkPart } from "./shape.ts";
import { labShape } from "./shape.ts";

/** A lab, and where in its file everything stands: for what shows only when it is made. */
export type PlacedLab = { readonly lab: Lab; readonly source: Source };

/**
 * Parses the whole file before anything is done with it.
 *
 * @throws TarrError `lab-syntax` or `lab-value`, with the file, the line, what stands there and what is wrong with it
 */
export function parseLab(file: string, text: string, beside: ReadBeside = () => null): PlacedLab {
  const source = readSource(file, text, "tarr-steps lab check");
  return { lab: parseSource(source, beside), source };
}

function parseSource(source: Source, beside: ReadBeside): Lab {
  const shape = shaped(labShape, source);
  refuseLostNames(source);
  const { name, networks: parts = {}, machines: guests, check = [] } = shape;
  const networks = Object.entries(parts).map(([one, part]) => parseNetwork(source, one, part ?? {}));
  const known = new Set<NetworkName>([firstNetwork, ...networks.map((one) => one.name)]);
  const usual = networks[0]?.name ?? firstNetwork;
  const machines = Object.entries(guests).map(([one, part]) =>
    parseMachine({ source, beside, known, usual }, one, part ?? {}),
  );
  refuseUnknownOrder(source, machines);
  refuseCycles(source, machines);
  refuseSameHosts(source, machines);
  return {
    name: at(source, ["name"], () => parseMachineName(name ?? basename(source.file).replace(/\.ya?ml$/, ""))),
    networks,
    machines,
    checks: check.map((one, index) => parseCheck(source, { part: one, index, machines })),
  };
}

function refuseLostNames(source: Source): void {
  for (const section of ["networks", "machines"]) {
    const value = [...lostKeys].find((name) => source.has([section, name]));
    if (value !== undefined) {
      throw wrongAt(source, [section, value], { value, cause: new TarrError("name-invalid", { value }) });
    }
  }
}

const settingKeys = ["address", "range", "max", "dhcp", "domain", "reach"] as const satisfies readonly SettingKey[];

function parseNetwork(source: Source, text: string, part: NetworkPart): LabNetwork {
  const path = ["networks", text];
  const name = at(source, path, () => parseNetworkName(text));
  const { subnet } = part;
  const settings = settingKeys.flatMap((key): Setting[] => {
    const value = part[key];
    return value === undefined ? [] : [{ key, value: key === "dhcp" ? onOff(value) : String(value) }];
  });
  if (subnet !== undefined) at(source, [...path, "subnet"], () => parseSubnet(subnet));
  checkSettings({ source, path, name }, subnet ?? null, settings);
  return { name, subnet: subnet ?? null, settings };
}

function onOff(value: string | number | boolean): string {
  return typeof value === "boolean" ? (value ? "on" : "off") : String(value);
}

/** Settings are tried on a network that is never made: where the subnet is not said, on one as large as it will be. */
function checkSettings(
  { source, path, name }: { readonly source: Source; readonly path: readonly string[]; readonly name: NetworkName },
  subnet: string | null,
  settings: readonly Setting[],
): void {
  const address = parseSwitchAddress(subnet === null ? "192.168.194.1/24" : firstOf(subnet));
  let network = usualNetwork({ name, switch: interfaceName("vswitch0"), address, owner: null });
  for (const setting of settings) {
    network = at(source, [...path, setting.key], () => changeNetwork(network, [setting]));
  }
}

/** The switch's own address in a subnet: its first. */
function firstOf(subnet: string): string {
  const { address, prefix } = parseSubnet(subnet);
  const [a = "0", b = "0", c = "0", d = "0"] = address.split(".");
  return `${a}.${b}.${c}.${Number(d) + 1}/${prefix}`;
}

type Reading = {
  readonly source: Source;
  readonly beside: ReadBeside;
  readonly known: ReadonlySet<NetworkName>;
  readonly usual: NetworkName;
};

function parseMachine(reading: Reading, text: string, part: MachinePart): LabMachine {
  const { source } = reading;
  const path = ["machines", text];
  const image = part.image ?? "tiny";
  if (!/^[a-z0-9][a-z0-9.-]{0,60}$/.test(image)) {
    throw wrongAt(source, [...path, "image"], { value: image, expected: "tiny, debian-13…" });
  }
  const after = part.after ?? [];
  return {
    name: at(source, path, () => parseMachineName(text)),
    image,
    provider: part.provider === undefined ? null : parseProvider(reading, [...path, "provider"], part.provider),
    memory: part.memory ?? null,
    nics: (part.nics ?? [reading.usual]).map((one, index) => parseNic(reading, [...path, "nics", index], one)),
    firstBoot: parseFirstBoot(reading, path, part),
    after: after.map((name, index) => at(source, [...path, "after", index], () => parseMachineName(name))),
  };
}

function parseProvider({ source }: Reading, path: readonly string[], text: string): ProviderName | null {
  if (text === "any") return null;
  const name = providerNames.find((one) => one === text);
  if (name !== undefined) return name;
  const cause = new TarrError("provider-unknown", { value: printable(text), known: providerNames.join(", ") });
  throw wrongAt(source, path, { value: text, cause });
}

type NicPart = string | { readonly network: string; readonly host?: number | undefined };

function parseNic({ source, known }: Reading, path: readonly (string | number)[], part: NicPart): LabNic {
  const text = typeof part === "string" ? part : part.network;
  const network = at(source, path, () => parseNetworkName(text));
  if (!known.has(network)) {
    throw wrongAt(source, path, { value: network, cause: new TarrError("lab-no-network", { value: network }) });
  }
  return { network, host: typeof part === "string" ? null : (part.host ?? null) };
}

function parseFirstBoot(reading: Reading, path: readonly string[], part: MachinePart): FirstBoot | null {
  const { files = {}, packages = [], script = null, password = null } = part;
  const seeds = Object.entries(files).map(([name, one]) => parseFile(reading, [...path, "files", name], one));
  if (seeds.length === 0 && packages.length === 0 && script === null && password === null) return null;
  return { files: seeds, packages, script, password };
}

function refuseUnknownOrder(source: Source, machines: readonly LabMachine[]): void {
  const known = new Set<MachineName>(machines.map((one) => one.name));
  for (const { name, after } of machines) {
    after.forEach((other, index) => {
      if (known.has(other)) return;
      const cause = new TarrError("lab-no-machine", { value: other });
      throw wrongAt(source, ["machines", name, "after", index], { value: other, cause });
    });
  }
}

function refuseSameHosts(source: Source, machines: readonly LabMachine[]): void {
  const seen = new Set<string>();
  for (const { name, nics } of machines) {
    nics.forEach(({ network, host }, index) => {
      if (host === null) return;
      const key = `${network} ${host}`;
      const value = String(host);
      if (seen.has(key)) {
        const cause = new TarrError("lab-host-twice", { value });
        throw wrongAt(source, ["machines", name, "nics", index], { value, cause });
      }
      seen.add(key);
    });
  }
}
