import * as v from "valibot";
import type { Document as YamlDocument, Node } from "yaml";
import { LineCounter, parseDocument as parseYaml } from "yaml";
import { TarrError } from "../error.ts";
import type { ErrorValues } from "../error.ts";
import type { Cidr } from "./address.ts";
import { formatCidr, overlaps, parseSubnet, parseSwitchAddress } from "./address.ts";
import { keyFault } from "./keys.ts";
import { firstNetwork, interfaceName, lostKeys, parseNetworkName, printable } from "./names.ts";
import type { NetworkName } from "./names.ts";
import type { Network, Setting, SettingKey } from "./network.ts";
import { changeNetwork, defaultMax, defaultRange, settingKeys, settingsOf, usualNetwork } from "./network.ts";
import type { Policy } from "./policy.ts";
import { defaultPolicy } from "./policy.ts";
import type { YamlFault } from "./yaml-faults.ts";
import { yamlFaults } from "./yaml-faults.ts";

/** What is wanted on this host. */
export type Document = { readonly networks: readonly Network[]; readonly policy: Policy };

export const documentPath = "/etc/tarr-steps/tarr-steps.yaml";

/** The first network's address, when its subnet is free. */
export const firstAddress = parseSwitchAddress("192.168.194.1/24");

/** A network as the document has it. */
export const networkShape = v.strictObject({
  switch: v.optional(v.string()),
  address: v.string(),
  range: v.optional(v.string()),
  max: v.optional(v.number()),
  dhcp: v.optional(v.union([v.boolean(), v.string()])),
  domain: v.optional(v.string()),
  reach: v.optional(v.string()),
  pool: v.optional(v.string()),
  uplink: v.optional(v.string()),
});
/** `*`, a user, or `%` and a group. Names of directory servers have blanks and backslashes: `%domain users`, `DOM\jmartin`. */
const grantee = v.pipe(v.string(), v.regex(/^(?:\*|%?[^\s%*:,\p{C}-](?:[^:,\p{C}]{0,253}[^\s:,\p{C}])?)$/u));
const quota = v.pipe(v.number(), v.integer(), v.minValue(0));
const policyShape = v.strictObject({
  use: v.optional(v.array(grantee), [...defaultPolicy.use]),
  administer: v.optional(v.array(grantee), [...defaultPolicy.administer]),
  ports: v.optional(quota, defaultPolicy.ports),
  networks: v.optional(quota, defaultPolicy.networks),
  memory: v.optional(v.nullable(quota), defaultPolicy.memory),
  disk: v.optional(v.nullable(quota), defaultPolicy.disk),
  subnets: v.optional(v.array(v.string())),
});
const documentShape = v.strictObject({
  networks: v.record(v.string(), networkShape),
  policy: v.optional(policyShape, {}),
});
export type NetworkShape = v.InferOutput<typeof networkShape>;

/** Where a value of the document stands, for errors: `networks.lab.address` → line 4. */
export type Locate = (path: readonly string[]) => string;

/**
 * Parses the whole document before anything is done with it.
 *
 * @throws TarrError `document-syntax` or `document-value`, with the line, what stands there and what is wrong with it
 */
export function parseDocument(text: string): Document {
  const { yaml, locate } = readYaml(text);
  refuseLostNames(yaml, locate);
  const shape = v.safeParse(documentShape, toValue(yaml));
  if (!shape.success) {
    const issue = shape.issues[0];
    const path = (issue.path ?? []).map((part) => String(part.key));
    throw documentValueError(locate, path, wrongIn(issue, path.at(-1) ?? ""));
  }
  const entries = Object.entries(shape.output.networks);
  const networks = entries.map(([name, value], index) => toNetwork({ name, value, index, locate }));
  checkTogether(networks, locate);
  return { networks, policy: policyOf(shape.output.policy, locate) };
}

function policyOf(said: v.InferOutput<typeof policyShape>, locate: Locate): Policy {
  const subnetAt = (one: string, index: number) =>
    at(locate, ["policy", "subnets", String(index)], () => parseSubnet(one));
  return { ...said, subnets: said.subnets?.map(subnetAt) ?? defaultPolicy.subnets };
}

function readYaml(text: string): { yaml: YamlDocument; locate: Locate } {
  const lines = new LineCounter();
  const yaml = parseYaml(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const [fault] = yamlFaults({ yaml, lines, text });
  if (fault !== undefined) throw syntaxError(fault);
  const locate: Locate = (path) => {
    for (let length = path.length; length > 0; length -= 1) {
      const node = yaml.getIn(path.slice(0, length), true) as Node | undefined;
      const start = node?.range?.[0];
      if (start !== undefined) return String(lines.linePos(start).line);
    }
    return "1";
  };
  return { yaml, locate };
}

function syntaxError({ code, line, value }: YamlFault): TarrError {
  return new TarrError("document-syntax", { line: String(line), reason: code, value: printable(value) });
}

/** What only shows when aliases are followed: a handful that would be gigabytes. */
function toValue(yaml: YamlDocument): unknown {
  try {
    return yaml.toJS();
  } catch {
    throw syntaxError({ code: "yaml-large", line: 1, value: "" });
  }
}

/** Keys that the check of the shape leaves out, since every object has them: a network must not vanish so. */
function refuseLostNames(yaml: YamlDocument, locate: Locate): void {
  const value = [...lostKeys].find((name) => yaml.hasIn(["networks", name]));
  if (value === undefined) return;
  throw documentValueError(locate, ["networks", value], {
    value,
    expected: "",
    cause: new TarrError("name-invalid", { value }),
  });
}

/** @throws TarrError `document-value` */
export function toNetwork(entry: { name: string; value: NetworkShape; index: number; locate: Locate }): Network {
  const { value, locate, index } = entry;
  const path = ["networks", entry.name];
  const name = at(locate, path, () => parseNetworkName(entry.name));
  const address = at(locate, [...path, "address"], () => parseSwitchAddress(value.address));
  const on = at(locate, [...path, "switch"], () => switchName(value.switch ?? `vswitch${index}`));
  const base = usualNetwork({ name, switch: on, address, owner: null });
  let network = base;
  for (const setting of givenSettings(value)) {
    network = at(locate, [...path, setting.key], () => changeNetwork(network, [setting]));
  }
  return network;
}

/** The pool before the reach that asks for one. */
const order: readonly SettingKey[] = ["range", "max", "dhcp", "domain", "pool", "reach", "uplink"];

function givenSettings(value: NetworkShape): Setting[] {
  return order.filter((key) => value[key] !== undefined).map((key) => ({ key, value: String(value[key]) }));
}

/** The devices of a switch are named after its number, so that a look at `ip link` tells what belongs together. */
function switchName(text: string) {
  if (!/^vswitch\d{1,3}$/.test(text)) throw new TarrError("name-invalid", { value: printable(text) });
  return interfaceName(text);
}

/** No two with one switch, or in one subnet. @throws TarrError `document-value` */
export function checkTogether(networks: readonly Network[], locate: Locate): void {
  networks.forEach((network, index) => {
    for (const other of networks.slice(0, index)) {
      const clash =
        network.switch === other.switch
          ? network.switch
          : overlaps(network.address, other.address)
            ? formatCidr(network.address)
            : null;
      if (clash === null) continue;
      throw documentValueError(locate, ["networks", network.name], {
        value: clash,
        expected: `other than ${other.name}`,
      });
    }
  });
}

/** Runs a parser on one place of the document; what it throws is told with that place. */
function at<T>(locate: Locate, path: readonly string[], parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof TarrError)) throw error;
    throw documentValueError(locate, path, { value: error.values["value"] ?? "", expected: "", cause: error });
  }
}

type What = { readonly value: string; readonly expected: string; readonly cause?: TarrError };

function documentValueError(locate: Locate, path: readonly string[], what: What): TarrError {
  const values: ErrorValues = {
    ...what.cause?.values,
    line: locate(path),
    key: path.map(printable).join("."),
    value: printable(what.value),
    reason: what.cause?.code ?? "",
    expected: printable(what.expected),
  };
  return new TarrError("document-value", values, what.cause);
}

/** What a shape says of a key, or of its value. */
function wrongIn(issue: v.BaseIssue<unknown>, key: string): What {
  const cause = keyFault(issue, key);
  if (cause !== null) return { value: key, expected: "", cause };
  const value = issue.received.replace(/^"|"$/g, "");
  // The only pattern is that of who may do what, which nobody can read.
  if (issue.type === "regex") return { value, expected: "", cause: new TarrError("grantee-invalid", { value }) };
  return { value, expected: issue.expected ?? issue.type };
}

/**
 * The document's text with a network's settings changed. Comments, order and everything else stay: the file is the
 * administrator's.
 */
export function editDocument(text: string, name: NetworkName, settings: Partial<Record<SettingKey, string>>): string {
  const { yaml } = readYaml(text);
  for (const [key, value] of Object.entries(settings)) {
    yaml.setIn(["networks", name, key], toYamlValue(key, value));
  }
  return yaml.toString(asWritten);
}

/** The document's text with other lists of who may do what. */
export function editPolicy(text: string, lists: Partial<Record<"use" | "administer", readonly string[]>>): string {
  const { yaml } = readYaml(text);
  for (const [key, list] of Object.entries(lists)) yaml.setIn(["policy", key], list);
  return yaml.toString(asWritten);
}

/** The document's text with one network more. Its switch is said too: it does not depend on the network's place. */
export function addToDocument(text: string, network: Network): string {
  const { switch: on, name } = network;
  const { yaml } = readYaml(text);
  yaml.setIn(["networks", name, "switch"], on);
  yaml.setIn(["networks", name, "address"], formatCidr(network.address));
  const base = parseDocument(yaml.toString()).networks.find((one) => one.name === name);
  const settings = base === undefined ? {} : changedSettings(base, network);
  return editDocument(yaml.toString(asWritten), name, settings);
}

/** The document's text without a network. Those behind it keep their switches, which their place may have given them. */
export function removeFromDocument(text: string, name: NetworkName): string {
  const { yaml } = readYaml(text);
  const { networks } = parseDocument(text);
  for (const network of networks.slice(networks.findIndex((one) => one.name === name) + 1)) {
    yaml.setIn(["networks", network.name, "switch"], network.switch);
  }
  yaml.deleteIn(["networks", name]);
  return yaml.toString(asWritten);
}

const asWritten = { lineWidth: 0, flowCollectionPadding: false };

function toYamlValue(key: string, value: string): string | number | boolean {
  if (key === "max") return Number(value);
  if (key === "dhcp") return value === "on";
  return value;
}

/** The settings that a document must state so that this network is what it says; defaults are left unsaid. */
export function changedSettings(before: Network, after: Network): Partial<Record<SettingKey, string>> {
  const [old, wanted] = [settingsOf(before), settingsOf(after)];
  return Object.fromEntries(
    settingKeys.filter((key) => old[key] !== wanted[key]).map((key) => [key, wanted[key]] as const),
  );
}

/** The document of a new installation. */
export function firstDocument(address: Cidr): string {
  const range = defaultRange(address);
  return `# What is wanted on this machine: the networks of tarr-steps, and who may use them.
# Ce qui est voulu sur cette machine : les réseaux de tarr-steps, et qui peut s'en servir.
# See / voir : tarr-steps.yaml(5). After a change / après une modification : tarr-steps network reload
networks:
  ${firstNetwork}:
    address: ${formatCidr(address)}
    range: ${range.first}-${range.last}
    max: ${defaultMax(range)}
    dhcp: true
    domain: ${firstNetwork}.internal
    # isolated, nat, routed, proxy-arp, bridged or/ou auto
    reach: nat
policy:
  # "*" is everybody / tout le monde; alice is a user / une personne; "%labo" is a group / un groupe
  use: ["*"]
  administer: ["%tarr-steps-admin"]
  # the most ports of one user / le plus de ports d'une personne
  ports: ${defaultPolicy.ports}
  # the most networks that one user may make / le plus de réseaux qu'une personne peut faire
  networks: ${defaultPolicy.networks}
`;
}
