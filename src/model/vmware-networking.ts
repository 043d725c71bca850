import type { Line } from "./lines.ts";
import { appendLine, dropLine, joinLines, splitLines } from "./lines.ts";

/**
 * VMware Workstation's file /etc/vmware/networking. One directive a line, blanks between its words; both public readers of
 * it (hashicorp/vagrant-vmware-desktop networking_file.go, hashicorp/packer-plugin-vmware driver_parser.go) skip lines
 * that they do not know. `add_bridge_mapping IFACE N` has machines on /dev/vmnetN send and receive on IFACE.
 */
export const networkingPath = "/etc/vmware/networking";

const versionLine = /^\s*VERSION\s*=\s*1\s*,\s*0\s*$/;
const mappingLine = /^\s*(add_bridge_mapping|remove_bridge_mapping)\s+(\S+)(?:\s+(\d+))?\s*$/i;
/** Of the switches that this package makes (model/document.ts): a line about one of them is ours. */
const switchPattern = /^vswitch(\d{1,3})$/;

/** The switch that is there from the installation on. */
export const firstSwitches: readonly string[] = ["vswitch0"];

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
 * The file with a mapping for each of these switches, and for no other switch of ours. All else stays byte for byte.
 * A file that is not one of a Workstation that is set up stays as it is: VMware would take what we write for all there is.
 */
export function renderMappings(text: string, switches: readonly string[]): string {
  if (!isNetworkingFile(text)) return text;
  const ours = [...mappings(splitLines(text)).keys()].filter((name) => switchPattern.test(name));
  const left = ours.filter((name) => !switches.includes(name)).reduce(withoutMapping, text);
  return switches.filter((name) => switchPattern.test(name)).reduce(withMapping, left);
}

/** A text that has the mapping already stays as it is; so does one in which every number is taken. */
function withMapping(text: string, name: string): string {
  const lines = splitLines(text);
  if (mappings(lines).has(name)) return text;
  const vmnet = freeVmnet(lines, name);
  return vmnet === null ? text : joinLines(appendLine(lines, `add_bridge_mapping ${name} ${vmnet}`));
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

function freeVmnet(lines: readonly Line[], name: string): number | null {
  const used = new Set([...reserved, ...lines.flatMap((line) => numbersIn(line.text))]);
  const range = highest - firstOfOurs + 1;
  const first = firstOfOurs + (Number(switchPattern.exec(name)?.[1] ?? 0) % range);
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
