import type { Line } from "./lines.ts";
import { dropLine, joinLines, splitLines } from "./lines.ts";
import type { InterfaceName } from "./names.ts";
import { interfaceName } from "./names.ts";
import { pairOf } from "./pairs.ts";

/**
 * VMware Workstation's file /etc/vmware/networking. One directive a line, blanks between its words; both public readers of
 * it (hashicorp/vagrant-vmware-desktop networking_file.go, hashicorp/packer-plugin-vmware driver_parser.go) skip lines
 * that they do not know. `add_bridge_mapping IFACE N` has machines on /dev/vmnetN send and receive on IFACE.
 */
export const networkingPath = "/etc/vmware/networking";

const versionLine = /^\s*VERSION\s*=\s*1\s*,\s*0\s*$/;
const mappingLine = /^\s*(add_bridge_mapping|remove_bridge_mapping)\s+(\S+)(?:\s+(\d+))?\s*$/i;
/** Of the switches that this package makes (model/document.ts). */
const switchPattern = /^vswitch\d{1,3}$/;
/** A line about one of these is ours: the port of a switch (model/pairs.ts), or the switch itself, as 0.2.0 wrote it. */
const oursPattern = /^(?:vswitch|vmware)\d{1,3}$/;

/** The switch that is there from the installation on. */
export const firstSwitch = interfaceName("vswitch0");

/** vmnet0 is for automatic bridging, vmnet1 for host-only and vmnet8 for NAT: VMware's installation says so. */
const reserved: readonly number[] = [0, 1, 8];
const lowest = 2;
const highest = 254;
/**
 * Where the search for a free number begins: other programs take the lowest ones, and a line of ours that such a program
 * has dropped (vagrant-vmware-utility writes the file anew without mappings) is to come back with the same number, since
 * machines have it in their settings.
 */
const firstOfOurs = 200;

/** What maps where once the whole file is read: a later line undoes an earlier one. */
function mappings(lines: readonly Line[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { text } of lines) {
    const [, directive = "", name = "", number] = mappingLine.exec(text) ?? [];
    if (directive.toLowerCase() === "remove_bridge_mapping") found.delete(name);
    else if (number !== undefined) found.set(name, Number(number));
  }
  return found;
}

/** Whether this is the file of a Workstation that is set up, in the only version known. */
export function isNetworkingFile(text: string): boolean {
  return splitLines(text).some((line) => versionLine.test(line.text));
}

/** The vmnet that is bridged to an interface, or null. */
export function vmnetOf(text: string, name: string): number | null {
  return mappings(splitLines(text)).get(name) ?? null;
}

/** The interface that a vmnet is bridged to by a line of the file, or null. */
export function interfaceOfVmnet(text: string, vmnet: number): string | null {
  return [...mappings(splitLines(text))].find(([, number]) => number === vmnet)?.[0] ?? null;
}

/**
 * The file with a mapping for the port of each of these switches, and for nothing else of ours. All else stays byte for
 * byte, and our line ends with a newline whatever the file ends with: a plain reader misses one that does not.
 * A file that is not one of a Workstation that is set up stays as it is: VMware would take what we write for all there is.
 */
export function renderMappings(text: string, switches: readonly string[]): string {
  if (!isNetworkingFile(text)) return text;
  const wanted = switches.filter((name) => switchPattern.test(name)).map(interfaceName);
  const converted = wanted.reduce(withConverted, text);
  const ports = wanted.map((on): string => pairOf("vmware", on).interface);
  const ours = [...mappings(splitLines(converted)).keys()].filter((name) => oursPattern.test(name));
  const left = ours.filter((name) => !ports.includes(name)).reduce(withoutMapping, converted);
  return ports.reduce((before, name, index) => withMapping(before, name, ports.slice(0, index)), left);
}

/** The switches that have no vmnet in this file: every number is taken. */
export function unmapped(text: string, switches: readonly string[]): readonly string[] {
  const mapped = mappings(splitLines(text));
  return switches.filter(
    (name) => switchPattern.test(name) && !mapped.has(pairOf("vmware", interfaceName(name)).interface),
  );
}

/**
 * A line of 0.2.0 mapped the switch itself: there VMware's machines and containers have no TCP with each other
 * (docs/decisions.md). The port takes its place in it, with its number: machines have that in their settings.
 */
function withConverted(text: string, on: InterfaceName): string {
  const port = pairOf("vmware", on).interface;
  const lines = splitLines(text);
  const mapped = mappings(lines);
  if (!mapped.has(on) || mapped.has(port)) return text;
  const at = lines.findLastIndex((line) => mappingLine.exec(line.text)?.[2] === on);
  return joinLines(lines.map((line, index) => (index === at ? { ...line, text: line.text.replace(on, port) } : line)));
}

/**
 * A text that has the mapping already keeps it where it is; one in which every number is taken gets none. A number that is
 * VMware's own, or another switch's, would put machines onto the wrong network: it is chosen again.
 *
 * @param others ports whose mappings are right
 */
function withMapping(text: string, name: string, others: readonly string[]): string {
  const mapped = mappings(splitLines(text));
  const number = mapped.get(name);
  const isOwn = number !== undefined && isUsable(number) && !others.some((other) => mapped.get(other) === number);
  if (isOwn) return joinLines(endLine(splitLines(text), name));
  const lines = splitLines(number === undefined ? text : withoutMapping(text, name));
  const vmnet = freeVmnet(lines, name);
  return vmnet === null ? text : joinLines(insertLine(lines, name, vmnet));
}

/** Our line, last in the file and without an end, gets one. */
function endLine(lines: readonly Line[], name: string): readonly Line[] {
  const last = lines.at(-1);
  if (last?.end !== "" || mappingLine.exec(last.text)?.[2] !== name) return lines;
  return [...lines.slice(0, -1), { ...last, end: lines.at(-2)?.end ?? "\n" }];
}

/**
 * At the end of the file. Before a last line that has no end, which is not ours to give one; but not before the version,
 * which comes first, nor before a line that undoes ours.
 */
function insertLine(lines: readonly Line[], name: string, vmnet: number): readonly Line[] {
  const text = `add_bridge_mapping ${name} ${vmnet}`;
  const last = lines.at(-1);
  if (last?.end !== "") return [...lines, { text, end: last?.end ?? "\n" }];
  const end = lines.at(-2)?.end ?? "\n";
  if (versionLine.test(last.text) || mappingLine.exec(last.text)?.[2] === name) {
    return [...lines.slice(0, -1), { ...last, end }, { text, end }];
  }
  return [...lines.slice(0, -1), { text, end }, last];
}

function withoutMapping(text: string, name: string): string {
  let lines = splitLines(text);
  while (mappings(lines).has(name)) {
    lines = dropLine(
      lines,
      lines.findLastIndex((line) => mappingLine.exec(line.text)?.[2] === name),
    );
  }
  return joinLines(lines);
}

function isUsable(vmnet: number): boolean {
  return vmnet >= lowest && vmnet <= highest && !reserved.includes(vmnet);
}

function freeVmnet(lines: readonly Line[], name: string): number | null {
  const used = new Set([...reserved, ...lines.flatMap((line) => numbersIn(line.text))]);
  const range = highest - firstOfOurs + 1;
  const first = firstOfOurs + (Number(/\d+$/.exec(name)?.[0] ?? 0) % range);
  for (let step = 0; step <= highest - lowest; step += 1) {
    const vmnet = lowest + ((first - lowest + step) % (highest - lowest + 1));
    if (!used.has(vmnet)) return vmnet;
  }
  return null;
}

/**
 * The vmnets that a line may be about. Of a directive that is not known, every number: one taken too many costs nothing.
 * Words like `VNET_8_NAT` hold theirs; addresses and masks are not numbers.
 */
function numbersIn(line: string): number[] {
  return [...line.matchAll(/\bVNET_(\d+)_|(?<![\w.:/-])(\d{1,3})(?![\w.:/-])/gi)].map(([, named, plain]) =>
    Number(named ?? plain),
  );
}
